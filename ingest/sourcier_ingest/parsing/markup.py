"""XML read safely: no entities, no network, no document types, bounded depth."""

from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

XmlElement = Any
"""An lxml element; the library ships no types."""

XmlError = etree.XMLSyntaxError
"""What `parse_xml` raises for markup that is not well-formed."""


def parse_xml(data: bytes) -> XmlElement:
    """The root element. Raises lxml.etree.XMLSyntaxError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)
