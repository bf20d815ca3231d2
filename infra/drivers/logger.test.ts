// Canaries through the logger: no secret and no person may come out of it, whatever way they went in.
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../core/errors.ts'
import type { Logger } from '../../core/ports/edges.ts'
import { makeLogger } from './logger.ts'
import { makeSecretValues } from './secret-values.ts'
import { seed } from '../../test/support/seed.ts'

const canary = 'EAAG+c4nary/v4lue?with=odd "signs"'

function listen(options: { pretty?: boolean; level?: 'debug' | 'info' } = {}) {
  const secrets = makeSecretValues()
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = makeLogger({ level: options.level ?? 'debug', pretty: options.pretty ?? false, destination, secrets })
  return {
    log,
    secrets,
    lines,
    text: () => lines.join(''),
    last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>,
  }
}

const stringsIn = (value: unknown): readonly string[] =>
  value !== null && typeof value === 'object'
    ? Object.entries(value).flatMap(([key, inner]) => [key, ...stringsIn(inner)])
    : [String(value)]

describe('log lines', () => {
  it('are JSON with level, time, what happened and the facts of every `with`', () => {
    const { log, last, lines } = listen({ level: 'info' })
    const one: Logger = log.with({ worker: 'threading' }).with({ correlation: 'abc', level: 'mine' })
    one.debug('below the level')
    one.info('batch handled', { events: 3, took: undefined, msg: 'kept beside' })
    expect(lines).toHaveLength(1)
    expect(last()).toMatchObject({
      level: 'info',
      msg: 'batch handled',
      worker: 'threading',
      correlation: 'abc',
      events: 3,
      level_: 'mine',
      msg_: 'kept beside',
    })
    expect(last()['time']).toMatch(/^\d{4}-.*Z$/)
  })

  it('S18 hides by key name, at any depth, in any spelling, numbers and lists too', () => {
    const { log, text } = listen()
    const names = [
      'token',
      'appSecret',
      'app_secret',
      'ACCESS-TOKEN',
      'accessToken',
      'verifyToken',
      'password',
      'passwd',
      'Authorization',
      'key',
      'apiKey',
      'privateKey',
      'masterKey',
      'set-cookie',
      'x-hub-signature-256',
      'dbPassword',
      'credentials',
    ]
    for (const name of names)
      log.info('x', { a: { b: [{ c: { [name]: `canary-${name}` } }] }, [name]: ['canary-list', 123456] })
    log.info('x', {
      headers: [['authorization', 'canary-pair']],
      map: new Map([['token', 'canary-map']]),
      web: new Headers({ authorization: 'canary-headers' }),
    })
    log.with({ token: 'canary-bound' }).info('x')
    expect(text()).not.toMatch(/canary-|123456/)
    expect(text().match(/\[secret\]/g)?.length).toBe(names.length * 2 + 4)
  })

  it.each([false, true])(
    'S18 hides an opened value wherever it stands and however it is written (pretty: %s)',
    (pretty) => {
      const { log, secrets, text } = listen({ pretty })
      secrets.keepSecret(canary)
      const encoded = encodeURIComponent(canary)
      const bytes = Buffer.from(canary)
      const forms = [
        canary,
        encoded,
        encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
        new URLSearchParams({ q: canary }).toString(),
        bytes.toString('base64'),
        bytes.toString('base64url'),
        bytes.toString('hex'),
        JSON.stringify({ q: canary }),
      ]
      for (const user of ['', 'a', 'ab', 'user:'])
        forms.push(
          Buffer.from(user + canary + ':z').toString('base64'),
          encodeURIComponent(Buffer.from(user + canary).toString('base64')),
        )
      for (const form of forms) {
        log.error(`sent ${form} to the vendor`, {
          url: `https://x.example/p?q=${form}&z=1`,
          [form]: 1,
          deep: [[[form]]],
          about: `${form}${form}`,
        })
        log.error('failed', {
          error: new TypeError(`bad ${form}`, {
            cause: new GatewayError('event.invalid', form, { about: { found: form } }),
          }),
        })
      }
      const all = text()
      for (const form of forms) expect(all).not.toContain(form)
      expect(all).not.toContain('c4nary')
      expect(all).not.toContain(bytes.toString('base64').slice(4, 30))
      expect(all).toContain('sent [secret] to the vendor')
    },
  )

  it('S18 hides a value in stacks, in aggregate errors, in getters, and across the cut of a long text', () => {
    const { log, secrets, text } = listen()
    secrets.keepSecret('canary-0123456789')
    const error = new Error('fine')
    error.stack = `Error: fine\n    at canary-0123456789 (file:///a?t=canary-0123456789)`
    log.error('x', { error, many: new AggregateError([new Error('canary-0123456789')], 'all failed') })
    for (let pad = 1980; pad < 2010; pad++)
      log.info(`${'.'.repeat(pad)}canary-0123456789 ${'.'.repeat(3000)}`, {
        detail: `${'.'.repeat(pad * 2)}canary-0123456789`,
      })
    for (let pad = 0; pad < 17; pad++) log.info('.'.repeat(pad) + 'canary-0123456789'.repeat(500))
    log.info('x', {
      get broken(): string {
        throw new Error('canary-0123456789')
      },
    })
    expect(text()).not.toMatch(/canary-|0123456789/)
    expect(text()).toContain('[unreadable]')
  })

  it('S18 no random secret survives in any place of a line', () => {
    const secret = string({ unit: 'grapheme', minLength: 6, maxLength: 40 }).filter((text) => text.trim().length >= 6)
    const glue = string({ unit: 'binary-ascii', maxLength: 20 })
    const leaks = (value: string, before: string, after: string): readonly string[] => {
      const { log, secrets, lines } = listen()
      secrets.keepSecret(value)
      const plain = value.trim()
      const base64 = Buffer.from(plain).toString('base64').slice(0, -4)
      const spelt = [
        value,
        encodeURIComponent(value),
        JSON.stringify(value),
        Buffer.from(before + value + after).toString('base64'),
      ]
      for (const one of spelt)
        log.info(before + one + after, {
          detail: [before + one],
          [`${before}${one}`]: { x: one },
          error: new Error(one),
        })
      const said = lines.flatMap((line) => stringsIn(JSON.parse(line))).join('\n')
      return [plain, encodeURIComponent(plain), base64].filter((one) => one.length >= 6 && said.includes(one))
    }
    const holds = property(secret, glue, glue, (value, before, after) => leaks(value, before, after).length === 0)
    expect(() => assert(holds, { seed, numRuns: 300 }), `seed ${seed}`).not.toThrow()
  })

  it('S18 keeps each line of a PEM key and each secret field of a service account, and a bounded number of values', () => {
    const pem = `-----BEGIN PRIVATE KEY-----\nTUlJRXZRSUJBREFOQmdrcWhr\nc2Vjb25kIGxpbmUgb2YgaXQ=\n-----END PRIVATE KEY-----\n`
    const { secrets } = listen()
    secrets.keepSecret(
      JSON.stringify({
        private_key: pem,
        client_email: 'svc@x.example',
        token_uri: 'https://oauth2.googleapis.example/token',
      }),
    )
    expect(secrets.redact('at c2Vjb25kIGxpbmUgb2YgaXQ= oops')).toBe('at [secret] oops')
    expect(secrets.redact('POST https://oauth2.googleapis.example/token')).toContain('googleapis')
    const few = makeSecretValues(3)
    for (const value of ['first-value', 'second-value', 'third-value', 'first-value', 'fourth-value'])
      few.keepSecret(value)
    expect(few.redact('first-value second-value third-value fourth-value')).toBe(
      '[secret] second-value [secret] [secret]',
    )
    few.keepSecret('abc')
    expect(few.redact('abc')).toBe('abc')
  })

  it('S18 hides credentials nobody opened: bearer headers, passwords and tokens in addresses, tokens of our own paths', () => {
    const { log, text } = listen()
    log.warn('Authorization: Bearer canary-AbC123 and Basic canary+Zm9v==')
    log.warn('postgres://inlet:canary-pw@db.example/inlet refused', {
      url: 'https://m.example/f?mid=7&access_token=canary-1&hub.verify_token=canary-2&sig=canary-3#x',
    })
    log.warn('POST /in/webform/main/canary-0123456789abcdef 404')
    log.warn(
      'body was {"access_token":"canary-4","x":1} and {\\"appSecret\\":\\"canary-5\\"} and password=canary-6 done',
    )
    expect(text()).not.toContain('canary')
    expect(text()).toMatch(/mid=7/)
  })

  it('S19 masks persons: phones, mail addresses, names and what they wrote', () => {
    const { log, text, last } = listen()
    log.info('message from +905321112267 and ayse.yilmaz@example.com and 905321112267', {
      phone: '+90 532 111 22 67',
      waId: '905321112267',
      from: { id: '905321112267', name: 'Ayşe Yılmaz', address: 'ayse.yilmaz@example.com' },
      to: ['Ayşe Yılmaz', 'ali@example.com'],
      text: 'Kargom nerede?',
      message: { html: '<b>Kargom</b>', text: { body: 'Kargom' } },
      profile: { display_name: 'Ayşe' },
      msisdn: 905321112267,
    })
    expect(text()).not.toMatch(/Ayşe|Yılmaz|Kargom|ayse\.|532111|111 22/)
    expect(last()).toMatchObject({
      phone: '+9053…67',
      waId: '9053…67',
      text: '[14 characters]',
      msisdn: '9053…67',
      to: ['[11 characters]', 'a…@example.com'],
    })
    expect(last()['msg']).toBe('message from +9053…67 and a…@example.com and 9053…67')
  })

  it('S19 leaves what names nobody: ids, times, sizes, ports, versions', () => {
    const { log, last } = listen()
    const facts = {
      message: `msg_${'0123456789abcdef'.repeat(2)}`,
      raw: `raw_${'a'.repeat(32)}`,
      phoneNumberId: '106540352242922',
      receivedAt: '2026-11-21T04:10:00.000Z',
      bytes: 4194304,
      tookMs: 12.5,
      port: 5432,
      version: '18.4.0',
      account: 'whatsapp/main',
      blob: `sha256:${'0'.repeat(64)}`,
      ok: true,
      none: null,
    }
    log.info('Inlet is ready at http://127.0.0.1:8080', facts)
    expect(last()).toMatchObject({ ...facts, msg: 'Inlet is ready at http://127.0.0.1:8080' })
  })

  it.each([false, true])(
    'S14 line breaks, terminal escapes and text directions become visible (pretty: %s)',
    (pretty) => {
      const { log, lines, text } = listen({ pretty })
      const evil = `ok\r\n{"level":"error"}\u001b[2J\u009b31m\u0007\u2028\u2029\u202eevil\u0000`
      log.info(evil, { detail: evil, [evil]: 1, error: new Error(evil) })
      expect(lines).toHaveLength(1)
      // oxlint-disable-next-line no-control-regex -- that none of them is left is the point
      expect(text().replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/)
      expect(text()).not.toMatch(/\n\{"level":"error"\}/)
      expect(text()).toContain('x1b[2J')
    },
  )

  it('cuts long values, deep and wide and circular ones, and never throws', () => {
    const { log, lines, last } = listen()
    const circle: Record<string, unknown> = { name: 'x' }
    circle['self'] = circle
    const deep = JSON.parse('{"a":'.repeat(50) + '1' + '}'.repeat(50)) as unknown
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`f${n}`, n]))
    log.info('x'.repeat(100_000), {
      circle,
      deep,
      wide,
      list: Array.from({ length: 9000 }, () => 1),
      big: 10n,
      f: () => 1,
      u8: new Uint8Array(9),
      nan: Number.NaN,
      when: new Date(0),
      bad: new Date(Number.NaN),
      nothing: Object.create(null) as object,
    })
    expect(lines[0]?.length).toBeLessThan(8_000)
    expect(last()).toMatchObject({
      circle: { self: '[circular]' },
      big: '10',
      f: '[function]',
      u8: '[9 bytes]',
      nan: 'NaN',
      when: '1970-01-01T00:00:00.000Z',
      bad: '[no date]',
      nothing: {},
    })
    expect(last()['msg']).toMatch(/^x{2000}…\[\+98000 characters\]$/)
  })

  it('F11 a full disk or a closed pipe under stderr costs lines, not the process', () => {
    const program = `import { makeLogger } from ${JSON.stringify(new URL('logger.ts', import.meta.url).href)}
      const log = makeLogger({ level: 'info', pretty: false })
      for (let n = 0; n < 50; n++) log.error('line ' + n, { n })
      setTimeout(() => { log.info('still here'); console.log('alive') }, 20)`
    const run = (stderr: number | 'pipe') =>
      execFileSync(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', stderr],
        encoding: 'utf8',
      })
    const full = openSync('/dev/full', 'w')
    expect(run(full)).toBe('alive\n')
    closeSync(full)
    const closed = spawnSync(
      'sh',
      ['-c', `"$0" --input-type=module -e "$1" 2>&1 >&3 3>&- | true`, process.execPath, program],
      { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], encoding: 'utf8' },
    )
    expect(closed.output[3]).toBe('alive\n')
  })
})
