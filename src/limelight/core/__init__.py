"""What an LLM call is, whoever made it: shared by the SDK and the server, free of I/O."""
