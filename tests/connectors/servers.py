"""Real servers on loopback, each serving the same tree: Samba, OpenSSH, WebDAV, S3."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import unicodedata
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.flaky_proxy import FlakyProxy
from sourcier_core.domain.sources import Credentials

PASSWORD = "correct horse 'battery' staple é"
NFD_NAME = unicodedata.normalize("NFD", "procédure.txt")
QUOTED_NAME = 'it\'s 100% "sûr" #1 & a+b;c.txt'
PLAIN_QUOTED_NAME = "it's 100% sûr #1 & a+b;c.txt"
"""Windows knows no double quotes in names."""
MANY = 250


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server: the URL template of its tree (with {port}), and what opens it."""

    scheme: str
    url: str
    port: int
    credentials: Credentials
    wrong_credentials: Credentials
    proxy: FlakyProxy
    root: Path | None = None

    def at(self, port: int | None = None, below: str = "") -> str:
        path, mark, query = self.url.format(port=port or self.port).partition("?")
        return f"{path}{below}{mark}{query}"

    def write(self, name: str, content: bytes, *, modified: int | None = None) -> None:
        """Write a file; `modified` (seconds since 1970) is its time, where that can be chosen."""
        if self.root is None:
            with self._bucket() as store:
                store.put_object(Bucket="documents", Key=f"archive/{name}", Body=content)
            return
        place = self.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        if modified is not None:
            os.utime(place, (modified, modified))

    def delete(self, name: str) -> None:
        if self.root is not None:
            (self.root / name).unlink()
            return
        with self._bucket() as store:
            store.delete_object(Bucket="documents", Key=f"archive/{name}")

    def names(self) -> frozenset[str]:
        """What lies directly in the tree; an object of S3 by its whole name."""
        if self.root is not None:
            return frozenset(place.name for place in self.root.iterdir())
        with self._bucket() as store:
            pages = store.get_paginator("list_objects_v2").paginate(Bucket="documents", Prefix="archive/")
            listed = [found["Key"] for page in pages for found in page.get("Contents", ())]
        return frozenset(key.removeprefix("archive/") for key in listed)

    def remove(self, name: str) -> None:
        """Remove a file, or a folder with all it holds."""
        if self.root is not None and (self.root / name).is_dir():
            shutil.rmtree(self.root / name)
        else:
            self.delete(name)

    @contextmanager
    def _bucket(self) -> Iterator[Any]:
        import boto3

        store = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id=self.credentials.username,
            aws_secret_access_key=self.credentials.password,
        )
        yield store
        store.close()

    def through_proxy(self) -> str:
        return self.at(self.proxy.port)


def write_tree(root: Path, *, quoted: str) -> None:
    contents = {
        "top.txt": b"top",
        "Rapport annuel.txt": b"Le chiffre",
        quoted: b"quoted",
        NFD_NAME: b"decomposed",
        "reports/2024/deep.txt": b"deep" * 1000,
        "reports/b.txt": b"b",
        "reports/.sourcier.yaml": b"groups: [finance]\nfiles:\n  'b.*': {groups: [board]}\n",
        "empty.txt": b"",
        "large.bin": b"x" * 300_000,
        ".hidden": b"no",
        "~$lock.docx": b"no",
        **{f"many/document number {number:04}.txt": b"m" for number in range(MANY)},
    }
    for name, content in contents.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")


@contextmanager
def running(
    command: list[str], port: int, folder: Path, *, environment: dict[str, str] | None = None
) -> Iterator[None]:
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=environment, start_new_session=True
        )
    try:
        wait_for(port, process, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def need_program(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install {package})")
    if os.geteuid() != 0:
        pytest.skip(f"{name} is used by these tests only as root")
    return found


def need_module(name: str) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed (pip install {name})")


@contextmanager
def _proxied(port: int) -> Iterator[FlakyProxy]:
    proxy = FlakyProxy(port)
    try:
        yield proxy
    finally:
        proxy.stop()


@contextmanager
def samba(folder: Path) -> Iterator[Server]:
    program, port = need_program("smbd", "samba"), free_port()
    tree = folder / "tree"
    write_tree(tree, quoted=PLAIN_QUOTED_NAME)
    state = folder / "state"
    state.mkdir()
    names = ("private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir")
    lines = "\n".join(f"{name} = {state}" for name in names)
    configuration = folder / "smb.conf"
    configuration.write_text(
        f"[global]\n{lines}\nserver role = standalone server\nbind interfaces only = yes\ninterfaces = 127.0.0.1/8\n"
        f"smb ports = {port}\ndisable netbios = yes\npassdb backend = tdbsam:{state}/passdb.tdb\nload printers = no\n"
        "printcap name = /dev/null\nmap to guest = never\nserver min protocol = SMB2\nmax log size = 0\n"
        f"log file = {state}/log\n[documents]\npath = {tree}\nread only = yes\n"
    )
    entered = f"{PASSWORD}\n{PASSWORD}\n".encode()
    smbpasswd = need_program("smbpasswd", "samba-common-bin")
    subprocess.run(
        [smbpasswd, "-c", configuration, "-L", "-a", "-s", "nobody"], input=entered, check=True, capture_output=True
    )
    command = [program, "--foreground", "--no-process-group", f"--configfile={configuration}"]
    with running(command, port, folder), _proxied(port) as proxy:
        yield Server(
            scheme="smb",
            url="smb://127.0.0.1:{port}/documents",
            port=port,
            credentials=Credentials(username="nobody", password=PASSWORD),
            wrong_credentials=Credentials(username="nobody", password="wrong-password-77"),
            proxy=proxy,
            root=tree,
        )


@contextmanager
def openssh(folder: Path) -> Iterator[Server]:
    program, port = need_program("sshd", "openssh-server"), free_port()
    tree = folder / "tree"
    write_tree(tree, quoted=QUOTED_NAME)
    keygen = need_program("ssh-keygen", "openssh-client")
    for name, passphrase in (("host", ""), ("user", PASSWORD), ("stranger", "")):
        generate = [keygen, "-q", "-t", "ed25519", "-N", passphrase, "-f", str(folder / name)]
        subprocess.run(generate, check=True, capture_output=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    configuration = folder / "sshd_config"
    configuration.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
        f"StrictModes no\nUsePAM no\nPasswordAuthentication yes\nPidFile {folder}/pid\nPermitRootLogin no\n"
        "Subsystem sftp internal-sftp\nForceCommand internal-sftp\nLogLevel ERROR\nMaxStartups 100\n"
    )
    host_key = (folder / "host.pub").read_text()
    with running([program, "-D", "-e", "-f", str(configuration)], port, folder), _proxied(port) as proxy:
        yield Server(
            scheme="sftp",
            url="sftp://127.0.0.1:{port}" + str(tree),
            port=port,
            credentials=Credentials(
                username="nobody",
                private_key=(folder / "user").read_text(),
                passphrase=PASSWORD,
                host_key=host_key,
            ),
            wrong_credentials=Credentials(username="nobody", password="wrong-password-77", host_key=host_key),
            proxy=proxy,
            root=tree,
        )


@contextmanager
def webdav(folder: Path) -> Iterator[Server]:
    need_module("wsgidav")
    need_module("cheroot")
    port, tree = free_port(), folder / "tree"
    write_tree(tree, quoted=QUOTED_NAME)
    script = str(Path(__file__).with_name("webdav_server.py"))
    command = [sys.executable, script, str(tree), str(port), "reader", PASSWORD]
    with running(command, port, folder), _proxied(port) as proxy:
        yield Server(
            scheme="webdav",
            url="webdav://127.0.0.1:{port}/documents",
            port=port,
            credentials=Credentials(username="reader", password=PASSWORD),
            wrong_credentials=Credentials(username="reader", password="wrong-password-77"),
            proxy=proxy,
            root=tree,
        )


@contextmanager
def s3(folder: Path) -> Iterator[Server]:
    need_module("moto")
    need_module("flask_cors")
    need_module("boto3")
    import boto3

    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, port, folder), _proxied(port) as proxy:
        endpoint = f"http://127.0.0.1:{port}"
        options = {"endpoint_url": endpoint, "region_name": "us-east-1"}
        root = {"aws_access_key_id": "root", "aws_secret_access_key": "root"}
        people = boto3.client("iam", **options, **root)
        people.create_user(UserName="reader")
        policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
        people.put_user_policy(UserName="reader", PolicyName="reads", PolicyDocument=policy)
        key = people.create_access_key(UserName="reader")["AccessKey"]
        store = boto3.client("s3", **options, **root)
        store.create_bucket(Bucket="documents")
        write_tree(folder / "tree", quoted=QUOTED_NAME)
        for place in sorted((folder / "tree").rglob("*")):
            if place.is_file():
                name = f"archive/{place.relative_to(folder / 'tree')}"
                store.put_object(Bucket="documents", Key=name, Body=place.read_bytes())
        for client in (people, store):
            client.close()
        demand = urllib.request.Request(
            f"{endpoint}/moto-api/reset-auth", data=b"0", method="POST", headers={"Content-Type": "text/plain"}
        )
        urllib.request.urlopen(demand).close()
        yield Server(
            scheme="s3",
            url="s3://documents/archive?endpoint=http://127.0.0.1:{port}",
            port=port,
            credentials=Credentials(username=key["AccessKeyId"], password=key["SecretAccessKey"]),
            wrong_credentials=Credentials(username=key["AccessKeyId"], password="wrong-password-77"),
            proxy=proxy,
        )


SERVERS = {"smb": samba, "sftp": openssh, "webdav": webdav, "s3": s3}
