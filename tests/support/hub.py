"""A real JupyterHub in the test's own event loop: no proxy, no processes, up in a fraction of a second.

::

    config = Config()
    config.JupyterHub.authenticator_class = "dummy"
    async with start_hub(config) as hub:
        page = await hub.browser().open(hub.url + "/hub/login")
        assert page.status == 200
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import gc
import logging
import os
import secrets
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, closing
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, TypeVar
from weakref import WeakSet

import alembic.util
import jupyterhub.traitlets
from jinja2 import FileSystemBytecodeCache
from jupyterhub import orm
from jupyterhub.app import JupyterHub
from jupyterhub.crypto import KEY_ENV, CryptKeeper
from jupyterhub.handlers import BaseHandler
from jupyterhub.proxy import Proxy
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from traitlets.config import Config

from tests.ports import reserve_port

from .blocking import LoopWatch
from .browser import Browser
from .logs import LogCapture

T = TypeVar("T")
SECONDS_TO_STOP = 60
"""How long a test waits for the Hub's tasks after they were cancelled: a task that continues hangs."""


class HubDidNotStart(Exception):
    """The Hub would have ended its process; the text is what it logged as errors."""


class NoProxy(Proxy):
    """Browsers reach the Hub directly; routes are remembered and lead nowhere."""

    should_start = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.routes: dict[str, dict[str, Any]] = {}

    async def add_route(self, routespec: str, target: str, data: dict[str, Any]) -> None:
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec: str) -> None:
        self.routes.pop(routespec, None)

    async def get_all_routes(self) -> dict[str, dict[str, Any]]:
        return dict(self.routes)


load_revision = functools.cache(alembic.util.load_python_file)


def load_python_file(folder: str, name: str) -> Any:
    """As of alembic, for the Hub, which reads all of its database's revisions at each start: some forty files."""
    # except the one that it runs by loading it
    return (alembic.util.pyfiles.load_python_file if name == "env.py" else load_revision)(folder, name)


alembic.util.load_python_file = load_python_file


_check_db_revision = orm.check_db_revision


def check_db_revision(engine: Any) -> None:
    """Like the Hub's, except for a database in memory: that is a copy of one that this Hub has made."""
    if engine.url.database != ":memory:":
        _check_db_revision(engine)


orm.check_db_revision = check_db_revision


class WithoutCommandLine(JupyterHub):
    """A Hub that does not build a parser of all its options, for a command line on which there is nothing."""

    name = JupyterHub.name

    def parse_command_line(self, argv: Any = None) -> None:
        pass


@functools.cache
def empty_database() -> sqlite3.Connection:
    """A database in memory, as the Hub makes it for itself: some thirty tables, and the revision that they are of."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    with TemporaryDirectory(prefix="database-") as directory:
        file = Path(directory) / "hub.sqlite"
        orm.new_session_factory(f"sqlite:///{file}").kw["bind"].dispose()
        with closing(sqlite3.connect(file)) as made:
            made.backup(database)
    return database


class SameForAll(SQLiteDialect_pysqlite):
    """SQLite for which a statement that one Hub has compiled is compiled for the next one too: half of a Hub's start."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


class CompiledStatements(dict[Any, Any]):
    """Stays one when a configuration is copied."""

    def __deepcopy__(self, memo: Any) -> CompiledStatements:
        return self


registry.register("sqlite.same", __name__, SameForAll.__name__)
_COMPILED_STATEMENTS = CompiledStatements()


def connect_to_copy() -> sqlite3.Connection:
    """A connection to a new copy of the empty database."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    empty_database().backup(database)
    return database


@dataclass
class HubState:
    """What a Hub keeps when it is started again: its address, secrets and database.

    Made with `directory`, the database is a file there and so outlives the Hub; else it is in memory.
    """

    directory: Path | None = None
    port: int = field(default_factory=reserve_port)
    cookie_secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    crypt_key: str = field(default_factory=lambda: secrets.token_hex(32))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def db_url(self) -> str:
        return f"sqlite+same:///{self.directory / 'hub.sqlite' if self.directory else ':memory:'}"


class Hub:
    """A running Hub."""

    def __init__(self, app: JupyterHub, state: HubState, log: LogCapture) -> None:
        self.app = app
        self.state = state
        self.log = log
        self.browsers: list[Browser] = []
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self.loop_watch = LoopWatch()

    @property
    def url(self) -> str:
        """Without a slash at the end; the Hub's pages are below ``/hub/``."""
        return self.state.url

    @property
    def callback_url(self) -> str:
        return f"{self.url}/hub/oauth_callback"

    @property
    def authenticator(self) -> Any:
        return self.app.authenticator

    def browser(self, user: str | None = None, socket: Path | None = None) -> Browser:
        """A new browser, closed with the Hub. `user` sits in front of it; at `socket`, a proxy before the Hub listens."""
        browser = Browser(self.url, user, socket)
        self.browsers.append(browser)
        return browser

    def accounts(self) -> dict[str, bool]:
        """The users in the database: name → admin."""
        self.app.db.expire_all()
        return {user.name: user.admin for user in self.app.db.query(orm.User)}

    async def auth_state(self, name: str) -> dict[str, Any] | None:
        orm_user = orm.User.find(self.app.db, name)
        return None if orm_user is None else await self.app.users[orm_user].get_auth_state()

    async def run(self, work: Awaitable[T]) -> T:
        """Do something as the Hub would: the tasks that it starts are the Hub's, and end with it."""

        async def inside() -> T:
            _hub_of_this_context.set(self)
            self.loop_watch.enter()
            return await work

        return await asyncio.ensure_future(inside())


_hub_of_this_context: ContextVar[Hub | None] = ContextVar("the hub that this code runs for", default=None)


def _remember_hub_tasks(loop: asyncio.AbstractEventLoop, coro: Any, **kwargs: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **kwargs)
    hub = _hub_of_this_context.get()
    if hub is not None:
        hub.tasks.add(task)
    return task


@asynccontextmanager
async def start_hub(config: Config, state: HubState | None = None) -> AsyncIterator[Hub]:
    """A Hub with `config`, over what a Hub without a proxy needs. One at a time.

    Pass the `state` of an earlier one to start it again, under the same address and with the same secrets.
    """
    loop = asyncio.get_running_loop()
    loop.set_task_factory(_remember_hub_tasks)
    state = state or HubState()
    log = LogCapture()
    key_before = os.environ.get(KEY_ENV)
    os.environ[KEY_ENV] = state.crypt_key
    hub: Hub | None = None
    with TemporaryDirectory(prefix="hub-") as directory, log.listening():
        try:
            hub = Hub(_make_app(config, state, Path(directory), log), state, log)
            await hub.run(_start(hub))
            with hub.loop_watch.watching():
                yield hub
        finally:
            if hub is not None:
                for browser in hub.browsers:
                    await browser.close()
                await _stop(hub)
            logging.getLogger(WithoutCommandLine.__name__).removeHandler(log)  # the Hub has added it
            _forget_singletons()
            _forget_requests()
            if key_before is None:
                del os.environ[KEY_ENV]
            else:
                os.environ[KEY_ENV] = key_before
            loop.set_task_factory(None)
            # A Hub leaves a megabyte behind, in caches of classes. Were it looked at again and again, the thousandth
            # Hub would take twice the time of the first.
            gc.collect()
            gc.freeze()


class _CompiledTemplates(FileSystemBytecodeCache):
    """Tells apart what is compiled for rendering in steps and at once: the Hub does both, with the same pages."""

    def get_bucket(self, environment: Any, name: str, filename: str | None, source: str) -> Any:
        return super().get_bucket(environment, f"{name} {environment.is_async}", filename, source)


# Two things that a Hub does again at each start, though in one process nothing comes of it but the same once more. They
# were a third of the tests' time.
jupyterhub.traitlets.entry_points = functools.cache(jupyterhub.traitlets.entry_points)  # reads all of site-packages
_COMPILED_TEMPLATES = _CompiledTemplates(mkdtemp(prefix="templates-"))
atexit.register(shutil.rmtree, _COMPILED_TEMPLATES.directory, ignore_errors=True)


def _make_app(config: Config, state: HubState, directory: Path, log: LogCapture) -> JupyterHub:
    config_file = directory / "jupyterhub_config.py"
    config_file.write_text("")
    merged = Config()
    merged.JupyterHub.update(
        proxy_class=NoProxy,
        bind_url=state.url,
        hub_bind_url=state.url,
        db_url=state.db_url,
        cookie_secret=state.cookie_secret,
        config_file=str(config_file),
        spawner_class="simple",
        redirect_to_server=False,  # a signed-in user lands on the home page, and no process is started
        cleanup_servers=True,
        log_level="DEBUG",
        jinja_environment_options={"bytecode_cache": _COMPILED_TEMPLATES},
        # pytest shows what goes to the console when a test fails: the errors alone; the rest is in hub.log
        logging_config={"handlers": {"console": {"level": "ERROR"}}},
    )
    merged.JupyterHub.db_kwargs = {"execution_options": {"compiled_cache": _COMPILED_STATEMENTS}}
    if state.directory is None and "db_url" not in config.JupyterHub:
        merged.JupyterHub.db_kwargs["creator"] = connect_to_copy
    merged.merge(config)
    _forget_singletons()
    app = WithoutCommandLine.instance(config=merged)
    app.extra_log_handlers = [log]  # not attached by us: when the Hub sets up its logging, it drops what it finds
    app.log.filters.clear()  # an earlier Hub, which a configuration error has stopped, has left one in the same logger
    return app


async def _start(hub: Hub) -> None:
    try:
        await hub.app.initialize([])
        await hub.app.start()
    except SystemExit as exit_:  # which would end the event loop, and pytest with it
        raise HubDidNotStart("\n".join(hub.log.at_least(logging.ERROR))) from exit_
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):  # Ctrl-C belongs to pytest
        asyncio.get_running_loop().remove_signal_handler(number)


async def _stop(hub: Hub) -> None:
    """What `JupyterHub.stop` and `shutdown_cancel_tasks` do, for this Hub's tasks alone and without ending the loop."""
    app = hub.app
    if app.http_server is not None:
        app.http_server.stop()
        await app.http_server.close_all_connections()
    if app.metrics_collector is not None:
        app.metrics_collector.stop()
    for callback in app._periodic_callbacks.values():
        callback.stop()
    if getattr(app, "db", None) is not None and app.tornado_settings:  # else it did not get as far as its users
        await hub.run(app.cleanup())
    pending = [task for task in hub.tasks if not task.done()]
    for task in pending:
        task.cancel()
    if pending:
        _, stuck = await asyncio.wait(pending, timeout=SECONDS_TO_STOP)
        assert not stuck, f"tasks that do not end with the Hub: {stuck}"
    if getattr(app, "db", None) is not None:
        engine = app.db.get_bind()
        app.db.close()
        engine.dispose()


def _forget_requests() -> None:
    """JupyterHub has the handlers of its last requests in caches of methods, and with them their Hubs and threads."""
    for method in vars(BaseHandler).values():
        if hasattr(method, "cache_clear"):
            method.cache_clear()


def _forget_singletons() -> None:
    if CryptKeeper.initialized():
        CryptKeeper.instance().executor.shutdown()
        CryptKeeper.clear_instance()
    WithoutCommandLine.clear_instance()
