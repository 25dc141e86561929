"""One database a file: how it is reached, what its types are, and how it takes rows fastest."""
