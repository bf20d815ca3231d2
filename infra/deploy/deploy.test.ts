// The files an operator begins with are true: every setting, part, metric, label, group and topic in them exists, and each fits its schema.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { readRegistry } from '../../core/registry.ts'
import { topicOf } from '../../schemas/events.ts'
import { foldersOf } from '../drivers/folders.ts'
import composeSpec from './fixtures/compose-spec.json' with { type: 'json' }
import { metrics, type Metric } from '../drivers/metric-names.ts'
import { parts, settingRows, settingTable } from '../settings-table.ts'
import { readSettings } from '../settings.ts'
import { readPromql } from './promql.ts'
import {
  alarms,
  board,
  compose,
  containerfile,
  kustomization,
  manifestFiles,
  manifests,
  ofKind,
  scrape,
  securedManifests,
  type Manifest,
} from './read-deploy.ts'

const root = resolve(import.meta.dirname, '../..')
const known = new Set(settingRows.map((row) => row.env))
const services = Object.entries(compose.services).filter(([, it]) => it.image === 'inlet')
const graceSeconds = Number(settingTable.graceSeconds.fallback)
/** What no file of this folder holds. */
const secrets = { INLET_MASTER_KEY: 'Yc0y1QbJ5nGm3vK8zL2pRs7tUw9xAe4d', INLET_ADMIN_KEY: 'x'.repeat(32) }

interface PodSpec {
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> }
    readonly spec: {
      readonly terminationGracePeriodSeconds: number
      readonly enableServiceLinks?: boolean
      readonly volumes: readonly object[]
      readonly containers: readonly {
        readonly args: readonly string[]
        readonly volumeMounts: readonly object[]
        readonly envFrom: readonly Readonly<Record<string, { readonly name: string }>>[]
        readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
      }[]
    }
  }
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }
}
const podsOf = (it: Manifest): PodSpec => it.spec as PodSpec
const deployments = ofKind('Deployment')

describe('settings and parts', () => {
  it('each that a container is given is one of the gateway, and the gateway takes them together', () => {
    const [config] = ofKind('ConfigMap')
    const image = containerfile.flatMap((line) => (line.startsWith('ENV ') ? line.slice(4).split(' ') : []))
    const ofImage = Object.fromEntries(image.map((one) => one.split('=') as [string, string]))
    const { NODE_ENV, ...settingsOfImage } = ofImage
    expect(NODE_ENV).toBe('production')
    const kubernetes = { ...settingsOfImage, ...config?.data, ...secrets, DATABASE_URL: 'postgres://inlet:x@db/inlet' }
    const fill = (value: string): string =>
      value.replace(/\$\{([A-Z_]+)(?::[-?]([^}]*))?\}/g, (_all, name: string, otherwise = '') =>
        name in secrets ? secrets[name as keyof typeof secrets] : name === 'INLET_PUBLIC_URL' ? otherwise : 'x',
      )
    expect(services.map(([name]) => name).toSorted()).toEqual([...parts].toSorted())
    const given = services.map(([, it]) =>
      Object.fromEntries(Object.entries(it.environment ?? {}).map(([name, value]) => [name, fill(value)])),
    )
    for (const env of [kubernetes, ...given.map((it) => ({ ...settingsOfImage, ...it }))]) {
      expect(Object.keys(env).filter((name) => !known.has(name))).toEqual([])
      const read = readSettings([], env)
      expect(read).toMatchObject({ host: '0.0.0.0', data: '/data', blobs: 'postgres', kafkaPartitions: 12 })
    }
  })

  it('S29 what Kubernetes tells of a service, which no setting is, reaches no process', () => {
    const services = ofKind('Service').map((it) => it.metadata.name.toUpperCase().replaceAll('-', '_'))
    const told = Object.fromEntries(services.map((name) => [`${name}_PORT`, 'tcp://10.96.0.12:80']))
    expect(Object.keys(told)).toContain('INLET_API_PORT')
    expect(() => readSettings([], told)).toThrow('is no setting of this gateway')
    for (const it of deployments) expect(podsOf(it).template.spec.enableServiceLinks).toBe(false)
  })

  it('every part is run by somebody, by its own name', () => {
    const inCompose = services.map(([name, it]) => [name, it.command])
    expect(inCompose.toSorted()).toEqual(parts.map((part) => [part, ['--only', part]]).toSorted())
    const inPods = deployments.map((it) => [it.metadata.name, podsOf(it).template.spec.containers[0]?.args])
    expect(inPods.toSorted()).toEqual(parts.map((part) => [`inlet-${part}`, ['--only', part]]).toSorted())
    expect(scrape.scrape_configs[0]?.dns_sd_configs[0]?.names.toSorted()).toEqual([...parts].toSorted())
  })

  it('G16 nobody is killed before an orderly stop may have ended', () => {
    for (const [name, it] of services) expect([name, parseInt(it.stop_grace_period ?? '0', 10)]).toEqual([name, 35])
    for (const it of deployments) expect(podsOf(it).template.spec.terminationGracePeriodSeconds).toBe(35)
    expect(graceSeconds).toBeLessThan(35)
  })
})

describe('scaling on lag', () => {
  it('M2 asks after a group and a topic that are read, with no more processes than partitions', async () => {
    const { workers } = await readRegistry(foldersOf())
    const scaled = ofKind('ScaledObject').map((it) => it.spec as ScaledSpec)
    const prefix = settingTable.kafkaPrefix.fallback
    const reads = workers.flatMap((it) => it.on.map((type) => `${prefix}${it.name} ${prefix}${topicOf(type)}`))
    expect(scaled).toHaveLength(1)
    for (const { triggers, maxReplicaCount, scaleTargetRef } of scaled) {
      expect(deployments.map((it) => it.metadata.name)).toContain(scaleTargetRef.name)
      expect(maxReplicaCount).toBeLessThanOrEqual(Number(ofKind('ConfigMap')[0]?.data?.['INLET_KAFKA_PARTITIONS']))
      for (const { metadata } of triggers) {
        expect(reads).toContain(`${metadata['consumerGroup']} ${metadata['topic']}`)
        expect(metadata['bootstrapServers']).toBe(ofKind('ConfigMap')[0]?.data?.['KAFKA_BROKERS'])
      }
    }
  })
})

describe('a Kafka that wants a sign-in and TLS', () => {
  const [config] = ofKind('ConfigMap', securedManifests)
  it('M2 is signed in to by the scaler as by the gateway: by the same names of the same secret, by the same mechanism', () => {
    const [{ metadata, spec } = expect.fail('there is no TriggerAuthentication')] = ofKind('TriggerAuthentication')
    const { secretTargetRef } = spec as { readonly secretTargetRef: readonly SecretRef[] }
    expect(secretTargetRef).toEqual([
      { parameter: 'username', name: 'inlet', key: settingTable.kafkaUsername.env },
      { parameter: 'password', name: 'inlet', key: settingTable.kafkaPassword.env },
      { parameter: 'ca', name: 'inlet-kafka-ca', key: 'ca.crt' },
    ])
    const mechanism = config?.data?.['KAFKA_SASL_MECHANISM']
    const triggersOf = (among: readonly Manifest[]) =>
      ofKind('ScaledObject', among).flatMap((it) => (it.spec as ScaledSpec).triggers)
    for (const trigger of triggersOf(securedManifests)) {
      expect(trigger.authenticationRef).toEqual({ name: metadata.name })
      expect(trigger.metadata).toMatchObject({ tls: 'enable', sasl: mechanism?.replace(/-sha-/, '_sha') })
    }
    for (const trigger of triggersOf(manifests)) expect(Object.keys(trigger)).toEqual(['type', 'metadata'])
  })

  it('M2 the gateway takes these settings together, and finds the authority where every part has it mounted', () => {
    const given = {
      KAFKA_SASL_USERNAME: 'inlet',
      KAFKA_SASL_PASSWORD: 'x',
      DATABASE_URL: 'postgres://inlet:x@db/inlet',
    }
    const read = readSettings([], { ...config?.data, ...secrets, ...given })
    expect(read).toMatchObject({ kafkaTls: true, kafkaMechanism: 'scram-sha-512' })
    expect(read.kafkaTlsCa).toBe('/kafka/ca.crt')
    for (const it of ofKind('Deployment', securedManifests)) {
      const { volumes, containers } = podsOf(it).template.spec
      expect(containers[0]?.volumeMounts).toContainEqual({ name: 'kafka-ca', mountPath: '/kafka', readOnly: true })
      expect(volumes).toContainEqual({ name: 'kafka-ca', secret: { secretName: 'inlet-kafka-ca' } })
    }
  })
})
interface SecretRef {
  readonly parameter: string
  readonly name: string
  readonly key: string
}
interface ScaledSpec {
  readonly scaleTargetRef: { readonly name: string }
  readonly maxReplicaCount: number
  readonly triggers: readonly {
    readonly metadata: Readonly<Record<string, string>>
    readonly authenticationRef?: { readonly name: string }
  }[]
}

const suffixes: Readonly<Record<Metric['kind'], RegExp>> = {
  counter: /^_total$/,
  gauge: /^$/,
  histogram: /^_(bucket|sum|count)$/,
}
const metricOf = (series: string): Metric | undefined =>
  Object.entries(metrics).find(
    ([name, { kind }]) =>
      series.startsWith(`inlet_${name}`) && suffixes[kind].test(series.slice(`inlet_${name}`.length)),
  )?.[1]
/** What Prometheus and the process itself bring. */
const isOfOthers = (series: string): boolean =>
  series === 'up' ||
  /^(?:process_cpu_seconds_total|process_resident_memory_bytes|nodejs_eventloop_lag_\w+)$/.test(series)

/** What Prometheus itself puts on each series, by what it is told to read. */
const ofScrape = scrape.scrape_configs.flatMap((it) => (it.relabel_configs ?? []).map((one) => one.target_label))

/** What is no PromQL in it, and what no page has: such an expression would show nothing. */
function unknownIn(expr: string): readonly string[] {
  const { series, grouped, faults } = readPromql(expr)
  const ours = series.filter(({ name }) => !isOfOthers(name)).map((it) => ({ ...it, metric: metricOf(it.name) }))
  const labels = new Set([...ours.flatMap(({ metric }) => metric?.labels ?? []), 'le', 'job', 'instance', ...ofScrape])
  return [
    ...faults,
    ...ours.filter((it) => it.metric === undefined).map((it) => it.name),
    ...ours.flatMap((it) => it.labels.filter((label) => !it.metric?.labels.includes(label))),
    ...grouped.filter((label) => !labels.has(label)),
  ]
}

describe('the board and the alarms', () => {
  it('M1 M2 ask only for metrics and labels that are published', () => {
    const asked = [...board.panels.flatMap((it) => it.targets ?? []), ...alarms]
    expect(asked.length).toBeGreaterThan(30)
    expect(asked.flatMap(({ expr }) => unknownIn(expr).map((one) => `${one} in ${expr}`))).toEqual([])
    for (const { expr } of asked) expect([expr, readPromql(expr).series.length > 0]).toEqual([expr, true])
    expect(unknownIn('sum by (wrker) (rate(inlet_handled_total{reason="x"}[5m])) + inlet_gone_total')).toEqual([
      'inlet_gone_total',
      'reason',
      'wrker',
    ])
    expect(unknownIn('sum(rate(inlet_handled_total[5m])')).toEqual([expect.stringContaining('[5m])')])
    expect(unknownIn('rate(inlet_handled_total[5 minutes])')).not.toEqual([])
  })

  it('M2 M3 a part of which nothing is left rings: a container that is gone is no target whose silence would be heard', () => {
    expect(scrape.scrape_configs[0]?.relabel_configs).toContainEqual({
      source_labels: ['__meta_dns_name'],
      target_label: 'part',
    })
    const rung = alarms.filter(({ expr }) => /\bunless count by \(part\) \(up\{job="inlet"\}\)/.test(expr))
    expect(rung.map(({ alert }) => alert)).toEqual(['InletPartGone'])
  })

  it('M1 show every metric there is, but for the counter of our own mistakes', () => {
    const text = JSON.stringify(board)
    const missing = Object.keys(metrics).filter((name) => !text.includes(`inlet_${name}`))
    expect(missing.filter((name) => !['received', 'metric_faults', 'fetch_seconds'].includes(name))).toEqual([])
  })

  it('no panel lies on another, and each has an id of its own', () => {
    const cells = board.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)}/${y + Math.floor(n / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(new Set(board.panels.map((it) => it.id)).size).toBe(board.panels.length)
  })
})

describe('schemas', () => {
  it('the compose file fits the Compose Specification', () => {
    const valid = new Ajv({ strict: false, validateFormats: false, validateSchema: false }).compile(
      composeSpec as object,
    )
    expect(valid(compose), JSON.stringify(valid.errors)).toBe(true)
    expect(valid({ ...compose, services: { api: { ...compose.services['api'], prots: [] } } })).toBe(false)
  })

  it('every file is in the kustomization, and what a manifest names is there', () => {
    expect(kustomization.resources.toSorted()).toEqual(manifestFiles.toSorted())
    for (const it of deployments) {
      const { selector, template } = podsOf(it)
      expect(template.metadata.labels).toMatchObject(selector.matchLabels)
      const [container] = template.spec.containers
      expect(container?.envFrom).toEqual([{ configMapRef: { name: 'inlet' } }, { secretRef: { name: 'inlet' } }])
      expect(container?.ports).toEqual([{ name: 'http', containerPort: settingTable.port.fallback }])
    }
    const targets = ofKind('Service').map((it) => (it.spec as { selector: object }).selector)
    const labels = deployments.map((it) => podsOf(it).template.metadata.labels)
    for (const one of targets) expect(labels).toContainEqual(one)
    const routed = JSON.stringify(ofKind('Ingress')).match(/inlet-\w+(?="|,)/g) ?? []
    const services = ofKind('Service').map((it) => it.metadata.name)
    expect(routed.filter((name) => name !== 'inlet-tls').toSorted()).toEqual(services.toSorted())
  })

  it('each manifest is what Kubernetes and KEDA describe, with no field they do not know', async () => {
    expect(await typeFaults([...manifests, ...securedManifests])).toBe('')
    const [first = manifests[0]!] = deployments
    const mistyped = { ...first, spec: { ...podsOf(first), replica: 2 } }
    expect(await typeFaults([mistyped])).toMatch(/'"?replica"?' does not exist/)
  }, 60_000)
})

const moduleOf: Readonly<Record<string, string>> = {
  v1: 'kubernetes-models/v1',
  'keda.sh/v1alpha1': '@kubernetes-models/keda/keda.sh/v1alpha1',
}
/** By the compiler: the published schemas take unknown fields, and a mistyped one is what goes wrong in such files. */
async function typeFaults(all: readonly Manifest[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'inlet-manifests-'))
  const lines = all.map((it, n) => {
    const from = moduleOf[it.apiVersion] ?? `kubernetes-models/${it.apiVersion}`
    return `import { I${it.kind} as Kind${n} } from '${from}'\nexport const it${n}: Kind${n} = ${JSON.stringify(it)}\n`
  })
  writeFileSync(join(folder, 'manifests.ts'), lines.join(''))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const words = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'preserve', '--target', 'es2024', 'manifests.ts']
  const tsc = join(root, 'node_modules/.bin/tsc')
  const said = await promisify(execFile)(tsc, words, { cwd: folder }).then(
    ({ stdout }) => stdout,
    (error: { readonly stdout: string }) => error.stdout,
  )
  rmSync(folder, { recursive: true })
  return said
}
