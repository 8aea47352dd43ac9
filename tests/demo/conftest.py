from tests.cli.conftest import empty_project

__all__ = ["empty_project"]
