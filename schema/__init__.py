"""The GraphQL schema: types and resolvers, one noun per file. No SQL here, and no scheduling decision."""
