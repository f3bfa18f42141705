"""What may be said: types of the protocol, validation, introspection. Pure.

::

    scalars      annotations: integers of a width, sizes, identifiers, alternates
    base         what every object of the protocol derives from
    validate     JSON or option text → Structs, refused in QEMU's words and order
    introspect   Structs → query-qmp-schema
    listing      Structs → members, for help texts and man pages

    build        annotations → shapes
    shapes       a type that reads values and describes itself: leaves, enums
    compounds    the same: lists, objects, unions, alternates
    readers      how leaves are written in JSON and in option text
    numerals     numbers as people type them
    refusals     QEMU's texts
    repeated     a key given more than once
    strings      QEMU's lists of {"str": …}

May import :mod:`netd.errors` only.
"""
