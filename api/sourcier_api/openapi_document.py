"""Prints the OpenAPI document, from which the page's client is generated: `python -m sourcier_api.openapi_document`."""

import json

from sourcier_api.application import Services
from sourcier_api.server import create_application
from sourcier_core.errors import SourcierError


def _no_services() -> Services:
    raise SourcierError("This application only describes itself.")


def openapi_text() -> str:
    """The document as stable JSON."""
    application = create_application(_no_services, allowed_hosts=["127.0.0.1"], run_worker=False)
    return json.dumps(application.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(openapi_text(), end="")
