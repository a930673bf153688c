"""The command line at a terminal, and with streams that are closed, full or cut off."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios

from .portal import BIN
from .test_cli import CONFLICT, DONE, USAGE, CliTest, Larder
from .waiting import PATIENCE_S
from .world import PASSWORD

END = "<end>"


class Terminal:
    """`larder` on a pseudo terminal; standard output goes elsewhere."""

    def __init__(self, test, cli, *words, **variables):
        self.test = test
        self.master, self.terminal = pty.openpty()
        test.addCleanup(os.close, self.master)
        test.addCleanup(os.close, self.terminal)
        self.process = subprocess.Popen(
            [BIN / "larder", *words], stdin=self.terminal, stdout=subprocess.PIPE, stderr=self.terminal, text=True,
            env={**cli.environment, **variables}, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        test.addCleanup(self.process.stdout.close)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.kill)
        self.shown = ""

    def read_until(self, text):
        while text not in self.shown:
            self.test.assertTrue(select.select([self.master], [], [], PATIENCE_S)[0], self.shown)
            self.shown += os.read(self.master, 4096).decode(errors="replace")

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        code = self.process.wait(PATIENCE_S)
        # What it has written may still be on its way through the terminal: this comes behind it.
        os.write(self.terminal, END.encode())
        self.read_until(END)
        self.shown = self.shown.removesuffix(END)
        return code

    def echoes(self):
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ECHO)


class PasswordTest(CliTest):
    def ask(self, typed):
        user = self.world.user()
        terminal = Terminal(self, Larder(self, self.portal), "login", "--email", user.email)
        terminal.read_until("Password of")
        self.assertFalse(terminal.echoes())
        terminal.type(typed)
        code = terminal.end()
        self.assertTrue(terminal.echoes())
        self.assertEqual(terminal.process.stdout.read(), "")
        return code, terminal.shown

    def test_a_password_is_not_shown(self):
        code, shown = self.ask(PASSWORD + "\n")
        self.assertEqual(code, DONE, shown)
        self.assertNotIn(PASSWORD, shown)

    def test_ctrl_c_ends_it_and_the_terminal_shows_again_what_is_typed(self):
        self.assertEqual(self.ask("half\x03")[0], -signal.SIGINT)

    def test_ctrl_z_does_not_leave_a_silent_terminal_behind(self):
        self.assertEqual(self.ask("half\x1a\x03")[0], -signal.SIGINT)

    def test_the_end_of_input_is_told(self):
        code, shown = self.ask("\x04")
        self.assertEqual(code, USAGE)
        self.assertIn("no answer", shown)

    def test_nothing_is_asked_where_input_is_no_terminal(self):
        cli = Larder(self, self.portal)
        said = cli.refused(USAGE, "login", "--email", "you@example.net")
        self.assertIn("--password-stdin", said)
        self.assertNotIn("Password of", said)


class ConfirmationTest(CliTest):
    def ask(self, typed):
        cli = self.operator_cli(self.world.organisation())
        cli.run("node", "create", "a", *self.node_words())
        terminal = Terminal(self, cli, "node", "delete", "a")
        terminal.read_until("Enter its name")
        terminal.type(typed)
        code = terminal.end()
        self.assertEqual(terminal.process.stdout.read(), "")
        return code, terminal.shown, [node["name"] for node in cli.json("node", "list")]

    def test_the_name_deletes_it(self):
        code, shown, left = self.ask("a\n")
        self.assertEqual((code, left), (DONE, []), shown)

    def test_another_name_an_end_and_ctrl_c_delete_nothing(self):
        for typed, expected in (("b\n", CONFLICT), ("\x04", USAGE), ("\x03", -signal.SIGINT)):
            with self.subTest(typed=typed):
                code, shown, left = self.ask(typed)
                self.assertEqual((code, left), (expected, ["a"]), shown)


class StreamTest(CliTest):
    def run_into(self, redirection, *words):
        cli = self.admin_cli()
        done = subprocess.run(["/bin/bash", "-c", f'"$0" "$@" {redirection}', BIN / "larder", *words],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, env=cli.environment,
                              timeout=PATIENCE_S)
        return done.returncode, done.stderr

    def test_an_answer_that_cannot_be_written_is_a_failure(self):
        for redirection in (">/dev/full", ">&-"):
            for words in (["org", "list"], ["org", "list", "--json"], ["--help"], ["completion", "bash"],
                          ["audit", "export"]):
                with self.subTest(redirection=redirection, words=words):
                    self.world.organisation()
                    code, said = self.run_into(redirection, *words)
                    self.assertEqual(code, USAGE, said)
                    self.assertIn("Cannot write", said)

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        code, said = self.run_into("| head -c1; exit ${PIPESTATUS[0]}", "completion", "bash")
        self.assertIn(code, (DONE, 128 + signal.SIGPIPE))
        self.assertEqual(said, "")

    def test_a_proxy_is_not_asked_for_this_machine(self):
        proxy = "http://127.0.0.1:1"
        self.admin_cli().run("whoami", HTTP_PROXY=proxy, http_proxy=proxy, HTTPS_PROXY=proxy, ALL_PROXY=proxy)
