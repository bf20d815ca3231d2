// What a run of the contract's tests says is what is told: who failed and why, and that nothing ran is no success.
import { expect, it } from 'vitest'
import { judged } from './contract-form.ts'

const one = (fullName: string, status: string, ...failureMessages: readonly string[]) => ({
  fullName,
  status,
  failureMessages,
})
const reportOf = (message: string, ...assertionResults: readonly object[]) =>
  JSON.stringify({ testResults: [{ message, assertionResults }] })

it('G9 counts what was kept and names what was not, and takes a run without tests or without a report for a fault', () => {
  const report = reportOf(
    '',
    one('order', 'passed'),
    one('lag', 'failed', 'Error: 3 left\n  at x'),
    one('raws', 'skipped'),
  )
  expect(judged(report)).toEqual({ kept: 1, wrong: ['lag: Error: 3 left', 'raws: skipped'] })
  expect(judged(reportOf('', one('order', 'passed')))).toEqual({ kept: 1, wrong: [] })
  expect(judged(reportOf('no broker came up'))).toEqual({
    kept: 0,
    wrong: ['no test of the contract ran', 'no broker came up'],
  })
  expect(judged('ENOENT').wrong).toEqual(['the tests of the contract left no report: ENOENT'])
})
