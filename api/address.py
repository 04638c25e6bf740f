"""The service's own address, for what is shown elsewhere: embeds, oEmbed, feeds, webhooks."""

from flask import current_app, request

from api.settings import Settings


def home() -> str:
    """Return what stands before the path of a link to another page of the service.

    Nothing, unless the address was set: then a proxy may serve it under a path of its own.
    """
    settings: Settings = current_app.extensions["credence"]["settings"]
    return settings.public_url or ""


def service_url() -> str:
    """Return the address that readers know the service by, without a slash at its end.

    As it was set; else as the present request named it, so that an answer in which it stands must
    not be kept for a request that names the service otherwise.
    """
    return home() or request.host_url.rstrip("/")
