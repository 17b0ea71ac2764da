"""What nodes that speak HTTP share: a call to make, its body, its credentials, and what the answer becomes."""
