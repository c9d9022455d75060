"""Judge0's own Python package, unmodified, against a running service. Argument: the address of its interface."""

import sys
import unittest

import judge0

CLIENT = None


def run(**fields):
    return judge0.run(client=CLIENT, **fields)


class SDK(unittest.TestCase):
    def test_facts(self):
        self.assertEqual(CLIENT.version, "1.13.1")
        self.assertIn(71, [language.id for language in CLIENT.languages])
        self.assertEqual(CLIENT.config.max_submission_batch_size, 20)
        self.assertEqual(CLIENT.get_language(50).source_file, "main.c")
        self.assertEqual(len(CLIENT.get_statuses()), 14)
        self.assertTrue(CLIENT.is_language_supported(judge0.PYTHON))
        self.assertTrue(CLIENT.is_language_supported(judge0.C))
        self.assertFalse(CLIENT.is_language_supported(judge0.PYTHON2))

    def test_run(self):
        result = run(source_code="print(f'hello, {input()}')", language=judge0.PYTHON, stdin="Jürgen")
        self.assertEqual(result.status, judge0.Status.ACCEPTED)
        self.assertEqual(result.stdout, "hello, Jürgen\n")
        self.assertEqual(result.exit_code, 0)
        self.assertGreater(result.memory, 0)
        self.assertGreaterEqual(result.finished_at, result.created_at)

    def test_every_setting_survives(self):
        wanted = dict(
            compiler_options="-O1", command_line_arguments="a b", cpu_time_limit=2.5, cpu_extra_time=0.5,
            wall_time_limit=7.5, memory_limit=64000, stack_limit=32000, max_processes_and_or_threads=30,
            enable_per_process_and_thread_time_limit=True, enable_per_process_and_thread_memory_limit=False,
            max_file_size=512, redirect_stderr_to_stdout=True, enable_network=False, number_of_runs=2)
        result = run(source_code="int main() { return 0; }", language=judge0.C, **wanted)
        self.assertEqual(result.status, judge0.Status.ACCEPTED)
        for name, value in wanted.items():
            self.assertEqual(getattr(result, name), value, name)

    def test_failures(self):
        result = run(source_code="int main() { return x; }", language=judge0.C)
        self.assertEqual(result.status, judge0.Status.COMPILATION_ERROR)
        self.assertIn("undeclared", result.compile_output)
        result = run(source_code="raise ValueError('no')", language=judge0.PYTHON)
        self.assertEqual(result.status, judge0.Status.RUNTIME_ERROR_NZEC)
        self.assertIn("ValueError", result.stderr)

    def test_test_cases_as_a_batch(self):
        results = run(
            source_code="print(int(input()) * 2)", language=judge0.PYTHON,
            test_cases=[judge0.TestCase(str(n), str(n * 2 + (n == 7))) for n in range(25)])
        self.assertEqual(len(results), 25)
        for number, result in enumerate(results):
            right = judge0.Status.WRONG_ANSWER if number == 7 else judge0.Status.ACCEPTED
            self.assertEqual(result.status, right, number)

    def test_without_waiting(self):
        submission = judge0.async_run(client=CLIENT, source_code="echo hi", language=judge0.BASH)
        self.assertIsNotNone(submission.token)
        judge0.wait(client=CLIENT, submissions=submission)
        self.assertTrue(submission.is_done())
        self.assertEqual(submission.stdout, "hi\n")

    def test_additional_files(self):
        files = judge0.Filesystem(content=[judge0.File(name="data.txt", content="from a file")])
        result = run(source_code="print(open('data.txt').read())", language=judge0.PYTHON, additional_files=files)
        self.assertEqual(result.stdout, "from a file\n")

    def test_program_of_several_files(self):
        files = judge0.Filesystem(content=[
            judge0.File(name="main.py", content="import other\nprint(other.VALUE)"),
            judge0.File(name="other.py", content="VALUE = 7"),
            judge0.File(name="run", content="python3 main.py"),
        ])
        result = run(source_code="", language=judge0.MULTI_FILE, additional_files=files)
        self.assertEqual(result.status, judge0.Status.ACCEPTED)
        self.assertEqual(result.stdout, "7\n")

    def test_missing_language(self):
        with self.assertRaises(RuntimeError):
            run(source_code="print 1", language=judge0.PYTHON2)


if __name__ == "__main__":
    CLIENT = judge0.Client(endpoint=sys.argv.pop(1), headers={"X-Auth-Token": "t"})
    unittest.main(verbosity=2)
