// Runs every test; where INLET_TEST_RESULTS names a file, the counts are left there for the one who counts.
import { spawn } from 'node:child_process'

const results = process.env['INLET_TEST_RESULTS']
const reporters = results === undefined ? [] : ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
const child = spawn('vitest', ['run', ...reporters, ...process.argv.slice(2)], { stdio: 'inherit' })
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128)
})
