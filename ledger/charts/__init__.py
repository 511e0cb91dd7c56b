"""The default charts of accounts, shipped as data files.

It must not read them itself with anything but importlib.resources.
"""
