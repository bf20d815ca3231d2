// The rules of the house, executed: who may import whom, how large a room may be, what may be spelt where.
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const rooms = ['api', 'connectors', 'core', 'infra', 'schemas', 'test', 'workers'] as const

interface Source {
  readonly path: string
  readonly text: string
  /** Comments and strings blanked, places kept. */
  readonly code: string
  readonly lines: readonly string[]
  readonly imports: readonly string[]
  readonly test: boolean
}

const sources: readonly Source[] = rooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => load(join(room, name))),
)

function load(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  // A type costs nothing at run time: it may name what its room may not touch.
  const types = new Set(
    [...text.matchAll(/^import type\b[^'"]*?from\s+['"](node:[^'"]+)['"]/gm)].map((found) => found[1]),
  )
  const imports = [
    ...text.matchAll(
      /^(?:import|export)\b[^'"]*?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm,
    ),
  ]
    .map((found) => found[1] ?? found[2] ?? found[3] ?? '')
    .filter((name) => !types.has(name))
  const test = path.endsWith('.test.ts') || path.startsWith('test/')
  return { path, text, code: blank(text), lines: text.split('\n'), imports, test }
}

/** Comments away; good enough for this house: no regular expression here holds a comment's beginning. */
function blank(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (it) => it.replace(/[^\n]/g, ' ')).replace(/(^|\s)\/\/.*$/gm, '$1')
}

/** A path as the table names it: `connectors/whatsapp` is `connectors/x`. */
function roomOf(path: string): string {
  const [top, second] = path.split('/')
  if (top === 'connectors') return second === '_shared' ? 'connectors/_shared' : `connectors/${second}`
  if (top === 'core') return `core/${second}`
  return top ?? ''
}

const own: Readonly<Record<string, readonly string[]>> = {
  schemas: ['schemas'],
  core: ['core', 'schemas'],
  api: ['api', 'core/ports', 'core/commands', 'core/rules', 'core/errors.ts', 'schemas'],
  connectors: ['connectors/_shared', 'core/ports', 'core/rules', 'core/errors.ts', 'schemas'],
  workers: ['workers', 'core/ports', 'core/reads', 'core/rules', 'schemas'],
}

const packages: Readonly<Record<string, readonly RegExp[]>> = {
  schemas: [/^typebox/],
  core: [],
  workers: [],
  api: [/^fastify$/, /^@fastify\//, /^@scalar\//, /^typebox/, /^file-type$/],
  connectors: [/^typebox/],
  infra: [/./],
  test: [/./],
}
/** Said one by one, with why. */
const packageOf: readonly { readonly path: RegExp; readonly package: RegExp; readonly why: string }[] = [
  { path: /^connectors\/_shared\/http\.ts$/, package: /^axios$/, why: 'the only importer of axios' },
  { path: /^core\/commands\//, package: /^typebox$/, why: 'a command describes its input once, as a schema' },
  { path: /^core\/ports\//, package: /^typebox$/, why: 'Shape carries a schema; types only' },
  {
    path: /^connectors\/email\//,
    package: /^(imapflow|mailparser|nodemailer(\/.*)?|smtp-server|sanitize-html|email-reply-parser)$/,
    why: 'what speaks to mail servers and reads what they give',
  },
  {
    path: /^core\/rules\/match\/pattern\.ts$/,
    package: /^re2js$/,
    why: 'the only importer of re2js: expressions that people write run in linear time',
  },
  {
    path: /^core\/rules\/working-time\.ts$/,
    package: /^temporal-polyfill$/,
    why: 'the only place where a time zone is looked up; the standard’s own words, so that it goes when Node has them',
  },
  {
    path: /^connectors\/x\/compose\.ts$/,
    package: /^twitter-api-v2$/,
    why: 'composes and signs the calls of its vendor; its types name every field',
  },
]

const problems = (find: (source: Source) => readonly string[]): readonly string[] =>
  sources.flatMap((source) => find(source).map((problem) => `${source.path}: ${problem}`))

describe('who may import whom', () => {
  it('rooms import only the rooms of the table', () => {
    const found = problems((source) => {
      const top = source.path.split('/')[0] ?? ''
      const allowed = own[top]
      if (allowed === undefined || source.test) return []
      return source.imports
        .filter((it) => it.startsWith('.'))
        .map((it) => relative(root, normalize(join(root, dirname(source.path), it))))
        .filter((target) => {
          const mine = roomOf(source.path)
          if (top === 'connectors' && roomOf(target) === mine) return false
          return !allowed.some((it) => target === it || target.startsWith(`${it}/`))
        })
        .map((target) => `imports ${target}`)
    })
    expect(found).toEqual([])
  })

  it('infra and the rest reach channels and workers only through the registry', () => {
    const found = problems((source) =>
      source.path.startsWith('infra/') && !source.test
        ? source.imports.filter((it) => /\/(connectors\/(?!_shared)|workers\/)/.test(it)).map((it) => `imports ${it}`)
        : [],
    )
    expect(found).toEqual([])
  })

  it('packages stay in their rooms', () => {
    const found = problems((source) => {
      const top = source.path.split('/')[0] ?? ''
      if (source.test || top === 'infra') return []
      return source.imports
        .filter((it) => !it.startsWith('.') && !it.startsWith('node:') && !builtinModules.includes(it))
        .filter((it) => !(packages[top] ?? []).some((allowed) => allowed.test(it)))
        .filter((it) => !packageOf.some((rule) => rule.path.test(source.path) && rule.package.test(it)))
        .map((it) => `imports the package ${it}`)
    })
    expect(found).toEqual([])
  })

  it('files and sockets are touched in infra and connectors alone', () => {
    const found = problems((source) =>
      /^(schemas|core|workers|api)\//.test(source.path) && !source.test
        ? source.imports
            .filter((it) => /^node:(fs|http|https|net|tls|dns|child_process)/.test(it))
            .map((it) => `imports ${it}`)
        : [],
    )
    expect(found).toEqual([])
  })

  it('relative imports say .ts or .json', () => {
    expect(
      problems((source) =>
        source.imports.filter((it) => it.startsWith('.') && !/\.(ts|json)$/.test(it)).map((it) => `imports ${it}`),
      ),
    ).toEqual([])
  })
})

describe('rooms stay small', () => {
  it('a file has at most 300 lines; a test, which is a table of cases, 400', () => {
    const most = (source: Source) => (source.test ? 400 : 300)
    const found = problems((it) => (it.lines.length > most(it) + 1 ? [`${it.lines.length - 1} lines`] : []))
    expect(found).toEqual([])
  })

  it('a function has at most 40 lines', () => {
    expect(
      problems((source) => (source.test || source.path.includes('/stand-in/') ? [] : longFunctions(source))),
    ).toEqual([])
  })

  it('a file says first what it is for', () => {
    expect(
      problems((source) => (/^(#!.*\n)?\/\/ \S.{15,}/.test(source.text) ? [] : ['no sentence in the first line'])),
    ).toEqual([])
  })

  it('a worker and a core rule have a test beside them', () => {
    const paths = new Set(sources.map((it) => it.path))
    const workers = sources
      .filter((it) => /^workers\/[^/]+(\/index)?\.ts$/.test(it.path) && !it.test)
      .map((it) => it.path)
    const tested = (path: string) =>
      paths.has(path.replace(/\.ts$/, '.test.ts')) ||
      [...paths].some(
        (it) => it.startsWith(`${dirname(path)}/`) && dirname(path) !== 'workers' && it.endsWith('.test.ts'),
      )
    expect(workers.filter((it) => !tested(it))).toEqual([])
  })
})

/** By indentation, which the formatter keeps: from a line that begins a function to the line that closes it. */
function longFunctions(source: Source): readonly string[] {
  const lines = source.code.split('\n')
  const found: string[] = []
  lines.forEach((line, at) => {
    const begins =
      /^(\s*)(export )?(default )?(async )?function\b|^(\s*)(export )?const \w+ = (async )?(<.*>)?\([^)]*\).*=> \{$/.exec(
        line,
      )
    if (begins === null) return
    const indent = /^\s*/.exec(line)?.[0] ?? ''
    const length = lines.slice(at).findIndex((it, n) => n > 0 && it.startsWith(`${indent}}`)) + 1
    // A function that returns one object of small functions is a table of them, not a thought of that length.
    const body = lines.slice(at, at + length)
    const table = body.some((it) => new RegExp(`^${indent}  return \\{$`).test(it))
    // Routes of one resource are a table of paths.
    const routes =
      /\(app: Api\b/.test(line) && body.filter((it) => new RegExp(`^${indent}  app\\.`).test(it)).length > 2
    if (length > (routes ? 70 : 40) && !table) found.push(`line ${at + 1}: a function of ${length} lines`)
  })
  return found
}

describe('what may be spelt where', () => {
  const channels = readdirSync(join(root, 'connectors')).filter((name) => !name.startsWith('_'))

  /** A name that is a plain word too: a field of contact cards at every vendor, of what must not stand in logs, and what people sign in by. */
  const alsoAWord: Readonly<Record<string, RegExp>> = {
    email:
      /^(?:connectors\/[^/]+\/|infra\/drivers\/personal-data\.ts$|workers\/notices\/|(?:api|core|infra|schemas)\/(?:[a-z]+\/)*[a-z-]*(?:people|agent|desk|login|sign|session|invit|setup|password|apply|export|person|whoami|me\.ts))/,
  }

  it('a channel is named only in its own folder', () => {
    const found = problems((source) => {
      if (source.test) return []
      return channels
        .filter((name) => name.length > 2 && !source.path.startsWith(`connectors/${name}/`))
        .filter((name) => alsoAWord[name]?.test(source.path) !== true)
        .filter(
          (name) =>
            new RegExp(`['"\`/]${name}['"\`/:]`, 'i').test(source.code) ||
            new RegExp(`\\b${name}`, 'i').test(source.code),
        )
        .map((name) => `spells ${name}`)
    })
    expect(found).toEqual([])
  })

  it('S2 what is secret is compared in constant time: by timingSafeEqual, not by ===', () => {
    const secret =
      /(signature|token|secret|digest|hmac|hash)\w*(\(\))?\s*[!=]==\s*(?!undefined\b|null\b|true\b|'')[\w.'"\x60]/i
    // Names of things about secrets, and the hash of an input, which is none.
    const named = /\binputHash\b|\b\w*(hash|token|secret)s?(Of|At|Name|Names|Until|Length)\b/g
    const found = problems((source) =>
      source.test ||
      source.path.includes('/stand-in/') ||
      !/^(api|connectors|core\/runtime|infra\/drivers)\//.test(source.path)
        ? []
        : source.lines.filter((line) => secret.test(line.replace(named, ''))).map((line) => `compares ${line.trim()}`),
    )
    expect(found).toEqual([])
    const judges = sources.filter(
      (it) =>
        /^connectors\/(?!.*\/stand-in\/).*(receive|signature|webhook)/.test(it.path) &&
        !it.test &&
        /\bcreateHmac\(/.test(it.code),
    )
    expect(
      judges
        .filter((it) => !/timingSafeEqual\(/.test(it.code) || /\.equals\(|Buffer\.compare\(/.test(it.code))
        .map((it) => it.path),
    ).toEqual([])
  })

  it('clock, chance and environment are read in infra/drivers and infra/settings.ts', () => {
    const found = problems((source) => {
      if (source.test || /^infra\/(drivers\/|settings)/.test(source.path) || source.path.includes('/stand-in/'))
        return []
      return [/\bDate\.now\(/, /\bnew Date\(\)/, /\bMath\.random\(/, /\bprocess\.env\b/]
        .filter((it) => it.test(source.code))
        .map((it) => `uses ${it.source}`)
    })
    expect(found).toEqual([])
  })

  it('chance in tests comes from the one seed of the run, which is said and brings the run back', () => {
    // These choose a seed, and say it.
    const chooses = /^test\/(support\/seed|chaos\/chaos|fuzz\/fuzz)\.ts$/
    const found = problems((source) => {
      if (!source.test || chooses.test(source.path) || source.path === 'test/architecture.test.ts') return []
      const body = source.lines.filter((line) => !line.startsWith('import ')).join('\n')
      const asserts = source.imports.includes('fast-check')
        ? [...body.matchAll(/\bfc\.(?:assert|check)\(|(?<![.\w])assert\(/g)].length
        : 0
      return [
        ...(/\bMath\.random\(|\brandomInt\(|\brandomBytes\(/.test(body) ? ['draws from no seed'] : []),
        ...(/process\.env\[?\W*\w*SEED/.test(body) ? ['reads a seed of its own'] : []),
        ...(asserts > [...body.matchAll(/\{ seed\b/g)].length ? ['has properties without the seed'] : []),
      ]
    })
    expect(found).toEqual([])
  })

  it('deciding waits for nothing: no async in rules and normalize', () => {
    const pure = (path: string) => path.startsWith('core/rules/') || /^connectors\/[^/]+\/normalize/.test(path)
    expect(
      problems((source) =>
        pure(source.path) && !source.test && /\basync\b|\bawait\b/.test(source.code) ? ['is async'] : [],
      ),
    ).toEqual([])
  })

  it('SQL is spoken in the store, the log driver, the database and migrations', () => {
    const speaks = (path: string) =>
      /^infra\/(store|migrations|drivers\/(log-postgres|database|migrate|blobs-postgres|schema-dump|postgres-server))/.test(
        path,
      )
    const found = problems((source) =>
      source.test || speaks(source.path)
        ? []
        : /[`'"]\s*(select\s.+\sfrom|insert into|update \w+ set|delete from)\b/i.test(source.code)
          ? ['speaks SQL']
          : [],
    )
    expect(found).toEqual([])
  })

  /** What compares the hour with a row: queues and leases by an index of their own, what is forgotten by age, and looks back that a decision asks for. */
  const looksAtTheHour: readonly RegExp[] = [
    /^infra\/store\/queues\/(file-jobs|seen-marks|deliveries|keeps|leases|prunes)\.ts$/,
    /^infra\/store\/read\/(threads|auto-replies|assigning)\.ts$/,
  ]
  it('G17 what time does to a ticket comes as a wake-up: nothing else looks for rows by the hour', () => {
    const byTheHour = /(<=?|>=?|between)\s*\(?(now|clock_timestamp|transaction_timestamp)\(\)|current_timestamp/i
    const found = problems((source) =>
      source.test || !source.path.startsWith('infra/store/') || looksAtTheHour.some((it) => it.test(source.path))
        ? []
        : source.code
            .split('\n')
            .flatMap((line) => (byTheHour.test(line) ? [`looks by the hour: ${line.trim()}`] : [])),
    )
    expect(found).toEqual([])
    // Those that may ask of tickets and conversations ask for named ones.
    const scans = /from (ticket|conversation|sla_clock)\b(?![^`]*\bworkspace = )[^`]*\bnow\(\)/
    expect(
      problems((it) =>
        !it.test && it.path.startsWith('infra/store/') && scans.test(it.code) ? ['scans by the hour'] : [],
      ),
    ).toEqual([])
  })

  it('no enum, namespace, any, or ignored type error', () => {
    const found = problems((source) =>
      [
        /^\s*(export )?(const )?enum /m,
        /^\s*(export )?namespace /m,
        /:\s*any\b|\bas any\b/,
        /@ts-(ignore|nocheck|expect-error)/,
      ]
        .filter((it) => it.test(source.path === 'test/architecture.test.ts' ? '' : source.code))
        .map((it) => `has ${it.source}`),
    )
    expect(found).toEqual([])
  })

  it('no rooms named after nothing', () => {
    const empty = /(^|\/)(utils?|helpers?|common|manager|service|base|misc)\.ts$/
    expect(sources.map((it) => it.path).filter((it) => empty.test(it))).toEqual([])
  })
})
