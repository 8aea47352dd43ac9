"""Corpora of other APIs, made of the traffic that client libraries recorded for their own tests."""
