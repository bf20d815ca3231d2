// Counts what the test run did from its JSON report, and fails it when a test was skipped or none ran.
import { readFileSync } from 'node:fs'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly { readonly name: string; readonly status: string }[]
}
const path = process.argv[2] ?? ''
let report: Report | null = null
try {
  report = JSON.parse(readFileSync(path, 'utf8')) as Report
} catch (error) {
  process.stderr.write(`The test run left no report at ${path}: ${String(error)}\n`)
}
const passed = report?.numPassedTests ?? 0
const brokenFiles = report?.testResults.filter((file) => file.status === 'failed').length ?? 0
const failed = Math.max(report?.numFailedTests ?? 0, brokenFiles)
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
if (skipped > 0)
  process.stderr.write(
    `${skipped} tests were skipped. Every test runs, on real servers; a missing server is a failure.\n`,
  )
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
process.exitCode = passed > 0 && failed === 0 && skipped === 0 ? 0 : 1
