"""The kernel's floor: it makes the kernel be what a plan says.

::

    fabric    the fabric: open, apply, tear down, look at
    order     old and new objects → moves, in the order that works            (pure)
    kinds     the table: which kernel object is whose work; moves → steps
    steps     one thing done to the kernel, and how it is undone
    apply     steps taken in order, undone in reverse when one fails
    site      where steps are taken: the fabric, and the guests' namespaces they need
    bridges taps veths redirects      making, changing and removing each kind
    guests    the guest's side of a veth: addresses and routes in a namespace not ours
    bulk      everything away at once
    links     one dump of all interfaces, and its parser
    watch     what changes in the fabric, as it happens
    netns     finding, entering, pinning network namespaces
    quiet     what keeps the fabric deaf and dumb
    thread    a thread that lives in a namespace
    rtnl tun syscalls                 netlink, /dev/net/tun, and what Python's ``os`` lacks

Only this package speaks netlink and opens ``/dev/net/tun``. It imports nothing of netd's but
``errors`` and ``plan.objects``.
"""
