// What a new user can run as it stands, one tab each.
export const examples = [
  `# Who am I, and what is here?
query Look {
  viewer { tenant { name } role }
  workflows(first: 5) {
    edges { node { id name status publishedVersion { version } } }
  }
}
`,
  `# Start a workflow and watch every node's result arrive. Take an id from the first tab.
subscription Run($id: ID!) {
  runWorkflow(input: { workflowId: $id }) {
    lastSeq
    isFinal
    events {
      __typename
      seq
      at
      ... on NodeSucceeded { node durationMs outputs { index itemCount items } }
      ... on NodeFailed { node error { code message } }
    }
  }
}
`,
  `# What happened, read from the log.
query Recent {
  executions(first: 5) {
    edges {
      node {
        id
        status
        durationMs
        nodeRuns { edges { node { node status attempts durationMs } } }
      }
    }
  }
}
`,
];
