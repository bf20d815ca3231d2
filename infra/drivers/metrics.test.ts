// The closed list holds, and the page says what was counted.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { metrics } from './metric-names.ts'
import { makeMeter } from './metrics.ts'
import type { MeterOptions, PublishedMeter } from './metrics.ts'

const house = new URL('../../', import.meta.url).pathname

describe('the meter', () => {
  const meters: PublishedMeter[] = []
  const fresh = (options: MeterOptions = {}) => {
    meters.push(makeMeter({ ofProcess: false, ...options }))
    return meters.at(-1) as PublishedMeter
  }
  afterEach(() => {
    for (const meter of meters.splice(0)) meter.close()
  })

  it('M1 counts under inlet_ names, gauges and histograms too', async () => {
    const meter = fresh()
    meter.count('received', { channel: 'one' }, 3)
    meter.count('accepted', { channel: 'one', type: 'message.received' }, 2)
    meter.count('refused', { channel: 'one', reason: 'signature' })
    meter.count('conflicts')
    meter.count('handled', { worker: 'w' }, 0)
    meter.gauge('lag_seconds', 1.5, { worker: 'threading' })
    meter.observe('answer_seconds', 0.02, { channel: 'one', status: '200' })
    const lines = (await meter.text()).split('\n')
    for (const line of [
      'inlet_received_total{channel="one"} 3',
      'inlet_accepted_total{channel="one",type="message.received"} 2',
      'inlet_refused_total{channel="one",reason="signature"} 1',
      'inlet_conflicts_total 1',
      'inlet_lag_seconds{worker="threading"} 1.5',
      'inlet_answer_seconds_bucket{le="0.025",channel="one",status="200"} 1',
    ])
      expect(lines).toContain(line)
    expect(lines.some((line) => line.startsWith('inlet_handled_total{'))).toBe(false)
    expect(meter.contentType).toContain('text/plain')
  })

  it('S18 S19 names and labels that are not on the list go nowhere, are told once, and stop nobody', async () => {
    const told: string[] = []
    const meter = fresh({ onFault: (what) => void told.push(what) })
    for (let n = 0; n < 3; n++) {
      meter.count('no_such_thing', { phone: '+905321112267' })
      meter.gauge('received', 1)
      meter.count('constructor')
      meter.count('sent', { channel: 'one', phone: '+905321112267' })
    }
    const page = await meter.text()
    expect(page).not.toContain('90532')
    expect(page).toContain('inlet_sent_total{channel="one"} 3')
    expect(page).toContain('inlet_metric_faults_total{name="unknown"} 6')
    expect(told).toEqual([
      'there is no counter called no_such_thing',
      'there is no gauge called received',
      'there is no counter called constructor',
      'sent has no label phone',
    ])
  })

  it('G14 labels that grow for ever stop growing', async () => {
    const meter = fresh()
    for (let n = 0; n < 5_000; n++) meter.count('refused', { channel: 'x', reason: `r${n}` })
    const lines = (await meter.text()).split('\n').filter((line) => line.startsWith('inlet_refused_total{'))
    expect(lines).toHaveLength(2_001)
    expect(lines).toContain('inlet_refused_total{channel="other",reason="other"} 3000')
  })

  it('M2 what is known only by asking is asked for each page, and a page comes when that fails', async () => {
    const meter = fresh()
    let asked = 0
    meter.beforeText(() => Promise.reject(new Error('the store is away')))
    meter.beforeText(async () => meter.gauge('lag_events', ++asked, { worker: 'triage' }))
    await meter.text()
    expect(await meter.text()).toContain('inlet_lag_events{worker="triage"} 2')
  })

  it('M2 a page comes without what is not answered in time, asks for it once at a time, and has it when it is there', async () => {
    const told: string[] = []
    const meter = fresh({ askMs: 20, onFault: (what) => void told.push(what) })
    const frozen = Promise.withResolvers<void>()
    let asked = 0
    meter.beforeText(async () => {
      asked++
      await frozen.promise
      meter.gauge('lag_events', 7, { worker: 'triage' })
    })
    for (const page of [await meter.text(), await meter.text()]) expect(page).not.toContain('worker="triage"')
    expect([asked, told]).toEqual([1, ['reading a metric failed: there is no answer after 20 ms']])
    frozen.resolve()
    await meter.text()
    expect(await meter.text()).toContain('inlet_lag_events{worker="triage"} 7')
    expect(asked).toBe(2)
  })

  it('gives the process metrics, and two meters do not collide', async () => {
    fresh()
    expect(await fresh({ ofProcess: true }).text()).toContain('process_cpu_seconds_total')
  })

  it('every metric the house counts is on the list, with its kind', () => {
    const kinds = { count: 'counter', gauge: 'gauge', observe: 'histogram' } as const
    const rooms = ['api', 'connectors', 'core', 'infra', 'workers']
    const files = rooms.flatMap((room) =>
      readdirSync(join(house, room), { recursive: true, encoding: 'utf8' }).map((file) => join(house, room, file)),
    )
    const used = files
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/meter\??\.(count|gauge|observe)\(\s*'([^']+)'/g)].map(
          ([, verb, name]) => `${kinds[verb as keyof typeof kinds]} ${name}`,
        ),
      )
    const listed = Object.entries(metrics).map(([name, metric]) => `${metric.kind} ${name}`)
    expect(used.length).toBeGreaterThan(5)
    expect(used.filter((one) => !listed.includes(one))).toEqual([])
    // A name that nothing counts is a panel that stays empty and an alarm that never rings.
    const counted = [...used, 'counter metric_faults']
    expect(listed.filter((one) => !counted.includes(one))).toEqual([])
  })
})
