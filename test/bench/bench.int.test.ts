// The bench runs, every suite of it, and what it writes is whole; nothing is said here of how fast anything is.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runTool } from '../../infra/commands/tool.ts'
import { surroundings } from '../support/tool-run.ts'
import { benchTool } from './bench.ts'
import type { Report } from './report.ts'
import { findSuites } from './suites.ts'

let out = ''
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'inlet-bench-'))
})
afterAll(() => rmSync(out, { recursive: true, force: true }))

async function bench(...argv: readonly string[]) {
  const around = surroundings(argv)
  const code = await runTool(benchTool(around, await findSuites()), around)
  return { code, ...around.said() }
}

const suites = (await findSuites()).map(({ name }) => name)

it.each(suites)(
  '%s runs in small and its report holds figures, controls, aims and plots',
  async (suite) => {
    const { code, err } = await bench(suite, '--quick', '--out', out)
    expect([code, err.split('\n').filter((line) => /error|could not/i.test(line))]).toEqual([0, []])
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report
    expect(report.suites.map(({ name }) => name)).toEqual([suite])
    const [{ measures, aims } = { measures: [], aims: [] }] = report.suites
    expect([measures.length > 0, aims.length > 0]).toEqual([true, true])
    for (const { name, inlet, control } of measures) {
      const values = [...inlet, ...control]
      expect([name, values.every((value) => Number.isFinite(value) && value > 0)]).toEqual([name, true])
      expect([name, [0, inlet.length].includes(control.length)]).toEqual([name, true])
    }
    for (const { name, value } of aims) expect([name, Number.isFinite(value)]).toEqual([name, true])
    const page = readFileSync(join(out, 'report.html'), 'utf8')
    expect(page).toMatch(/^<!doctype html>/)
    expect(page).not.toMatch(/NaN|undefined|https?:\/\/|<script/)
    expect(page).toContain(`id="${suite}"`)
  },
  240_000,
)

it('a suite that is not there and figures that mean nothing are refused in words', async () => {
  expect(await bench('ingets')).toMatchObject({ code: 1, err: expect.stringContaining('There is no suite "ingets"') })
  expect(await bench('--quick', '--keep')).toMatchObject({ code: 1, err: expect.stringContaining('are not kept') })
  expect(existsSync(join(out, 'figures.json'))).toBe(false)
})
