"""XML by shape: what the query protocol and S3 have in their bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from reconciler.local.errors import EngineError
from reconciler.local.instants import iso8601
from reconciler.servicemodel.load import Member, ServiceModel, Shape


def write(root: Element) -> bytes:
    """The document of an element."""
    content: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return content


def parse(content: bytes) -> Element:
    """The root element of a document; raises EngineError MalformedXML."""
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError:
        raise EngineError("MalformedXML", "The XML you provided was not well-formed") from None


def add(model: ServiceModel, parent: Element, shape: Shape, value: Mapping[str, Any]) -> None:
    """Add the members of a structure that stand in the body to an element."""
    for name, member in shape.members.items():
        if name in value and member.location is None:
            _add_member(model, parent, member, value[name])


def read(model: ServiceModel, element: Element, shape: Shape) -> Any:
    """The value of an element by its shape; members that it lacks are absent."""
    match shape.type:
        case "structure":
            found = {
                name: _read_member(model, element, member) for name, member in shape.members.items()
            }
            return {name: value for name, value in found.items() if value is not None}
        case "list" if shape.element:
            item = model.shape(shape.element.shape)
            return [read(model, child, item) for child in element]
        case _:
            return scalar(shape.type, element.text or "")


def scalar(kind: str, text: str) -> Any:
    """A value from its text, of the types that S3 uses; raises EngineError InvalidArgument."""
    if kind == "boolean":
        return text.strip().lower() == "true"
    if kind not in ("integer", "long"):
        return text
    try:
        return int(text)
    except ValueError:
        raise EngineError("InvalidArgument", f"{text!r} is not of type {kind}") from None


def text(kind: str, value: Any) -> str:
    """The text of a value in an element."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind == "timestamp":
        return iso8601(value)
    return str(value)


def _add_member(model: ServiceModel, parent: Element, member: Member, value: Any) -> None:
    shape = model.shape(member.shape)
    if shape.type == "list" and shape.element:
        flat = shape.flattened or member.flattened
        holder = parent if flat else SubElement(parent, member.wire_name)
        item = Member(
            name=member.name,
            shape=shape.element.shape,
            wire_name=member.wire_name if flat else shape.element.wire_name,
        )
        for each in value:
            _add_member(model, holder, item, each)
    elif shape.type == "structure":
        add(model, SubElement(parent, member.wire_name), shape, value)
    else:
        SubElement(parent, member.wire_name).text = text(shape.type, value)


def _read_member(model: ServiceModel, element: Element, member: Member) -> Any:
    shape = model.shape(member.shape)
    children = list(_children(element, member.wire_name))
    if not children:
        return None
    if shape.type == "list" and shape.element and (shape.flattened or member.flattened):
        item = model.shape(shape.element.shape)
        return [read(model, child, item) for child in children]
    return read(model, children[0], shape)


def _children(element: Element, name: str) -> Iterator[Element]:
    """Children of a name in whatever namespace."""
    return (child for child in element if child.tag.rpartition("}")[2] == name)
