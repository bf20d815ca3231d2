// A real S3Proxy for tests: one bucket, its objects as files in a folder of its own.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { s3Jars } from '../servers/s3.server.ts'
import { freePort } from './kafka-broker.ts'

export interface S3Server {
  readonly endpoint: string
  readonly bucket: string
  readonly keys: { readonly id: string; readonly secret: string }
  /** Where the objects of the bucket lie, by their keys. */
  readonly objects: string
  kill(): void
  close(): Promise<void>
}

const keys = { id: 'inlet-test', secret: 's3-canary-6Rk2' } as const
const bucket = 'files'
const startsWithinMs = 120_000

export async function startS3(): Promise<S3Server> {
  const jars = s3Jars()
  if (jars === null) throw new Error('S3Proxy is not here. Run: npm run servers')
  const folder = await mkdtemp(join(tmpdir(), 'inlet-s3-'))
  const objects = join(folder, 'data', bucket)
  await mkdir(objects, { recursive: true })
  const endpoint = `http://127.0.0.1:${await freePort()}`
  const config = join(folder, 's3proxy.conf')
  await writeFile(config, configOf(endpoint, join(folder, 'data')))
  await writeFile(join(folder, 'logback.xml'), '<configuration><root level="OFF"/></configuration>')
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx128m']
  const words = [...quick, `-Dlogback.configurationFile=${join(folder, 'logback.xml')}`, '-cp', join(jars, '*')]
  const child = spawn('java', [...words, 'org.gaul.s3proxy.Main', '--properties', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  await untilItAnswers(endpoint, () => child.exitCode)
  return {
    endpoint,
    bucket,
    keys,
    objects,
    kill,
    async close() {
      kill()
      process.off('exit', kill)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const configOf = (endpoint: string, basedir: string): string =>
  [
    `s3proxy.endpoint=${endpoint}`,
    's3proxy.authorization=aws-v4',
    `s3proxy.identity=${keys.id}`,
    `s3proxy.credential=${keys.secret}`,
    'jclouds.provider=filesystem-nio2',
    'jclouds.identity=unused',
    'jclouds.credential=unused',
    `jclouds.filesystem.basedir=${basedir}`,
  ].join('\n')

async function untilItAnswers(endpoint: string, exitCode: () => number | null): Promise<void> {
  for (const began = performance.now(); ;) {
    const answer = await fetch(endpoint).catch(() => null)
    await answer?.arrayBuffer()
    if (answer !== null) return
    if (exitCode() !== null || performance.now() - began > startsWithinMs)
      throw new Error(`S3Proxy did not answer at ${endpoint}; exit code ${exitCode()}`)
    await pause(50)
  }
}
