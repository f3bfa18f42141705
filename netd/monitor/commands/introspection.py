"""``query-qmp-schema``, and the form of its answer: QEMU's ``qapi/introspect.json``."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType, field

from netd.monitor.command import Call, NoArguments, command
from netd.monitor.events import EVENTS
from netd.schema import introspect
from netd.schema.base import Arguments
from netd.schema.scalars import AnyValue

JSONType = Literal["string", "number", "int", "boolean", "null", "object", "array", "value"]
Features = Annotated[list[str] | UnsetType, Meta(description="what is special about it")]
TypeName = Annotated[str, Meta(description="name of another entry")]


class SchemaInfo(Arguments, frozen=True, kw_only=True, tag_field="meta-type"):
    """An entry of the schema."""

    name: Annotated[str, Meta(description="its name; of a type nothing but a number")]
    features: Features = UNSET


class SchemaInfoBuiltin(SchemaInfo, frozen=True, kw_only=True, tag="builtin"):
    """A type that JSON has."""

    json_type: Annotated[JSONType, Meta(description="its JSON type")] = field(name="json-type")


class SchemaInfoEnumMember(Arguments, frozen=True, kw_only=True):
    """A value of an enum."""

    name: Annotated[str, Meta(description="the value")]
    features: Features = UNSET


class SchemaInfoEnum(SchemaInfo, frozen=True, kw_only=True, tag="enum"):
    """A string that is one of some."""

    members: Annotated[list[SchemaInfoEnumMember], Meta(description="its values")]
    values: Annotated[list[str], Meta(description="the values alone")]


class SchemaInfoArray(SchemaInfo, frozen=True, kw_only=True, tag="array"):
    """A list."""

    element_type: TypeName = field(name="element-type")


class SchemaInfoObjectMember(Arguments, frozen=True, kw_only=True):
    """A member of an object."""

    name: Annotated[str, Meta(description="its name")]
    type: TypeName
    default: Annotated[AnyValue, Meta(description="present, as null, when it may be left out")] = UNSET
    features: Features = UNSET


class SchemaInfoObjectVariant(Arguments, frozen=True, kw_only=True):
    """What an object also has in one case."""

    case: Annotated[str, Meta(description="the tag's value")]
    type: TypeName


class SchemaInfoObject(SchemaInfo, frozen=True, kw_only=True, tag="object"):
    """An object."""

    members: Annotated[list[SchemaInfoObjectMember], Meta(description="what it always has")]
    tag: Annotated[str | UnsetType, Meta(description="the member that says which case it is")] = UNSET
    variants: Annotated[
        list[SchemaInfoObjectVariant] | UnsetType, Meta(description="what it has case by case")
    ] = UNSET


class SchemaInfoAlternateMember(Arguments, frozen=True):
    """One of the types of an alternate."""

    type: TypeName


class SchemaInfoAlternate(SchemaInfo, frozen=True, kw_only=True, tag="alternate"):
    """One of several types."""

    members: Annotated[list[SchemaInfoAlternateMember], Meta(description="the types")]


class SchemaInfoCommand(SchemaInfo, frozen=True, kw_only=True, tag="command"):
    """A command."""

    arg_type: TypeName = field(name="arg-type")
    ret_type: TypeName = field(name="ret-type")
    allow_oob: Annotated[bool | UnsetType, Meta(description="whether it may run out of band")] = field(
        name="allow-oob", default=UNSET
    )


class SchemaInfoEvent(SchemaInfo, frozen=True, kw_only=True, tag="event"):
    """An event."""

    arg_type: TypeName = field(name="arg-type")


Entry = (
    SchemaInfoBuiltin
    | SchemaInfoEnum
    | SchemaInfoArray
    | SchemaInfoObject
    | SchemaInfoAlternate
    | SchemaInfoCommand
    | SchemaInfoEvent
)


@command("query-qmp-schema", returns=list[Entry])
async def query_qmp_schema(call: Call, args: NoArguments) -> list[dict[str, Any]]:
    """Every command, event and type there is."""
    return introspect.describe(call.commands, EVENTS)


COMMANDS = (query_qmp_schema,)
