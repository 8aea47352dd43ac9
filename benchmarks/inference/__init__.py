"""The bars of inference."""
