"""Wiring: the only place that builds things. Settings in, one process or one command's desk out.

``configuration`` reads settings, ``ground`` opens the database, ``rights`` says who may use it,
``erps`` and ``cases`` build what people use, ``slack`` its door, ``process`` a server and ``desk``
what the command line works at. Nothing is imported here: a command imports what it needs alone.
"""
