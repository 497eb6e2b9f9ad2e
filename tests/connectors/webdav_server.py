"""A WebDAV server of its own process: folder, port, user, password."""

import sys

from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp


def main() -> None:
    folder, port, user, password = sys.argv[1:]
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/documents": {"root": folder, "readonly": True}},
            "simple_dc": {"user_mapping": {"*": {user: {"password": password}}}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "lock_storage": False,
            "property_manager": False,
            "verbose": 1,
        }
    )
    server = wsgi.Server(("127.0.0.1", int(port)), app, numthreads=4)
    server.start()


if __name__ == "__main__":
    main()
