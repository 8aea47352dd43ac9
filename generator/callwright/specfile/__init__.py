"""The text of a spec: read strictly, resolved and checked."""

SPEC_FILE = "connector.yaml"
