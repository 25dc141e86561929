"""A real WordPress for tests: Debian's package on PHP's own server and the local MariaDB."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pymysql
import pytest
from waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

MARIADB = os.environ.get("IMPORTER_TEST_MARIADB", "mysql://root@127.0.0.1:3306/test")
PACKAGE = Path("/usr/share/wordpress")

CONFIG = """<?php
define('DB_NAME', '{database}'); define('DB_USER', '{user}'); define('DB_PASSWORD', '{password}');
define('DB_HOST', '{host}:{port}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY',
          'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $name) define($name, "test$name");
define('WP_ENVIRONMENT_TYPE', 'local'); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""

INSTALL = """<?php
define('WP_INSTALLING', true); $_SERVER['HTTP_HOST'] = '{host}';
require '{site}/wp-load.php'; require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Test', 'admin', 'admin@example.org', true, '', 'secret');
update_option('permalink_structure', '/%postname%/'); update_option('timezone_string', 'Europe/Berlin');
flush_rewrite_rules();
wp_insert_user(['user_login' => 'ann', 'user_pass' => 'secret', 'user_email' => 'ann@example.org', 'role' => 'author']);
foreach (['admin', 'ann'] as $login) {{
  [$password] = WP_Application_Passwords::create_new_application_password(
    get_user_by('login', $login)->ID, ['name' => 'test']);
  echo "$password\\n";
}}
"""

ROUTER = """<?php
$file = __DIR__ . '/site' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (is_file($file)) return false;
$_SERVER['SCRIPT_NAME'] = '/index.php'; chdir(__DIR__ . '/site'); require 'index.php';
"""

PLUGIN = """<?php
register_post_meta('post', 'source', ['type' => 'string', 'single' => true, 'show_in_rest' => true]);
register_post_meta('post', 'likes', ['type' => 'integer', 'single' => true, 'show_in_rest' => true]);
add_action('init', function () {
  register_post_type('recipe', ['public' => true, 'show_in_rest' => true, 'rest_base' => 'recipes',
    'supports' => ['title', 'editor', 'custom-fields'], 'taxonomies' => ['category']]);
});
"""
"""What a site of its own adds: two registered fields and a type."""


class WordPress:
    """One running site.

    Attributes
    ----------
    url, target
        Its address, and the same as a target, without a password.
    password, author_password
        Application passwords of its administrator ``admin`` and of its author ``ann``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._site = folder, folder / "site"
        self._database = f"importer_wp_{uuid.uuid4().hex[:12]}"
        self._server: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.target = f"wordpress+{self.url.replace('://', '://admin@')}"
        self.password = self.author_password = ""

    def install(self) -> None:
        """Make its files and its database."""
        where = urlsplit(MARIADB)
        shutil.copytree(PACKAGE, self._site, ignore=shutil.ignore_patterns(".htaccess"), ignore_dangling_symlinks=True)
        for name in ("uploads", "mu-plugins"):
            (self._site / "wp-content" / name).mkdir(exist_ok=True)
        (self._site / "wp-content" / "mu-plugins" / "own.php").write_text(PLUGIN)
        config = CONFIG
        values = {
            "database": self._database,
            "user": where.username or "root",
            "password": where.password or "",
            "host": where.hostname or "127.0.0.1",
            "port": where.port or 3306,
            "url": self.url,
        }
        for name, value in values.items():
            config = config.replace(f"{{{name}}}", str(value))
        (self._site / "wp-config.php").write_text(config)
        (self._folder / "router.php").write_text(ROUTER)
        self._execute(f"CREATE DATABASE {self._database}", database=None)
        host = self.url.removeprefix("http://")
        install = self._folder / "install.php"
        install.write_text(INSTALL.format(host=host, site=self._site))
        said = subprocess.run(["php", "-d", "error_reporting=0", install], check=True, capture_output=True, text=True)
        self.password, self.author_password = said.stdout.split("\n")[-3:-1]

    def start(self) -> None:
        """Answer requests."""
        router = self._folder / "router.php"
        self._server = subprocess.Popen(
            ["php", "-d", "error_reporting=0", "-S", self.url.removeprefix("http://"), "-t", self._site, router],
            env=os.environ | {"PHP_CLI_SERVER_WORKERS": "3"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(self._answers)

    def stop(self) -> None:
        """Answer no more, as if the power had failed."""
        if self._server is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._server.pid, 9)
            self._server.wait()
            self._server = None

    def remove(self) -> None:
        """Leave nothing behind."""
        self.stop()
        self._execute(f"DROP DATABASE IF EXISTS {self._database}", database=None)

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of its database."""
        return self._execute(sql, *values, database=self._database)

    def empty(self) -> None:
        """Delete all posts, pictures and terms but the first."""
        shutil.rmtree(self._site / "wp-content" / "uploads", ignore_errors=True)
        for table in ("posts", "postmeta", "term_relationships", "comments"):
            self.query(f"DELETE FROM wp_{table}")
        self.query("DELETE FROM wp_terms WHERE term_id > 1")
        self.query("DELETE FROM wp_term_taxonomy WHERE term_id > 1")

    def posts(self, kind: str = "post") -> dict[str, tuple[str, str, str]]:
        """Status, title and content of each post by its slug; slugs that come twice are an error."""
        rows = self.query(
            "SELECT post_name, post_status, post_title, post_content FROM wp_posts"
            " WHERE post_type = %s AND post_status <> 'auto-draft'",
            kind,
        )
        found = {slug: tuple(rest) for slug, *rest in rows}
        assert len(found) == len(rows), rows
        return found

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/wp-json/", timeout=10).is_success
        except httpx.HTTPError:
            return False

    def _execute(self, sql: str, *values: object, database: str | None) -> list[tuple[Any, ...]]:
        where = urlsplit(MARIADB)
        with (
            contextlib.closing(
                pymysql.connect(
                    host=where.hostname or "127.0.0.1",
                    port=where.port or 3306,
                    user=where.username or "root",
                    password=where.password or "",
                    database=database,
                    autocommit=True,
                )
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[WordPress]:
    """A site that runs."""
    if not PACKAGE.is_dir() or shutil.which("php") is None:
        pytest.skip("these tests need php and /usr/share/wordpress, see .ci/run")
    site = WordPress(folder)
    try:
        site.install()
        site.start()
        yield site
    finally:
        site.remove()
