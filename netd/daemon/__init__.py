"""The daemon: from its command line to its end.

* :mod:`~netd.daemon.main` — the command line, start and end;
* :mod:`~netd.daemon.config` — the configuration file;
* :mod:`~netd.daemon.place` — runtime directory, control socket and instance name;
* :mod:`~netd.daemon.log` — where log lines go;
* :mod:`~netd.daemon.notify` — telling the service manager.
"""
