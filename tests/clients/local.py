"""simple-salesforce, unchanged, led to the sandbox org: the client only speaks https, so an adapter of its own `requests` session rewrites addresses."""

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce


def connect(config):
    """The client, logged in to the org at `config["url"]`."""

    class Local(HTTPAdapter):
        def send(self, request, **options):
            request.url = config["url"] + "/" + request.url.split("://", 1)[1].split("/", 1)[1]
            return super().send(request, **options)

    session = requests.Session()
    session.mount("https://", Local())
    return Salesforce(consumer_key=config["client_id"], consumer_secret=config["client_secret"], domain="sandbox-org.my", session=session, version="66.0")
