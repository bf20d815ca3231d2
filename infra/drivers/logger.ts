// Log lines: JSON on stderr, readable text on a terminal; every line is cleaned of secrets and persons before it is written.
import { pino } from 'pino'
import type { DestinationStream } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Logger } from '../../core/ports/edges.ts'
import { systemClock } from './clock.ts'
import { cleanAbout, cleanText } from './log-redaction.ts'
import { secretValues } from './secret-values.ts'
import type { SecretValues } from './secret-values.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
export interface LoggerOptions {
  readonly level: LogLevel
  /** stderr when left out. */
  readonly destination?: DestinationStream
  /** Readable text; a terminal gets it when left out. */
  readonly pretty?: boolean
  readonly secrets?: SecretValues
}

/** Fields that a line has of its own. A fact of that name is kept beside it, never over it. */
const ownFields = new Set(['level', 'time', 'msg', 'lostLines'])

export function makeLogger(options: LoggerOptions): Logger {
  const secrets = options.secrets ?? secretValues
  const out = options.destination ?? stderr()
  const isPretty = options.pretty ?? (options.destination === undefined && process.stderr.isTTY)
  const lines = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${systemClock.now()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    isPretty ? readable(out) : out,
  )
  const make = (bound: Readonly<Record<string, unknown>>): Logger => {
    const write = (
      level: 'debug' | 'info' | 'warn' | 'error',
      message: string,
      about?: Readonly<Record<string, unknown>>,
    ) => {
      if (lines.isLevelEnabled(level))
        lines[level](withoutOwn(cleanAbout([bound, about ?? {}], secrets)), cleanText(message, secrets))
    }
    return {
      debug: (message, about) => write('debug', message, about),
      info: (message, about) => write('info', message, about),
      warn: (message, about) => write('warn', message, about),
      error: (message, about) => write('error', message, about),
      with: (about) => make({ ...bound, ...about }),
    }
  }
  return make({})
}

const withoutOwn = (about: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(about).map(([key, value]) => [ownFields.has(key) ? `${key}_` : key, value]))

const tryAgainMs = 1_000

/**
 * Written at once, so that the last words before a crash are there. A full disk or a reader that went away costs lines, not the
 * process (F11): at most 1 MB waits and is tried again every second; what is more is lost, and the next line says how much that was.
 */
function stderr(): DestinationStream {
  const stream = pino.destination({ dest: 2, sync: true, maxLength: 1024 * 1024 })
  let lost = 0
  let again: NodeJS.Timeout | null = null
  stream.on('drop', () => (lost += 1))
  stream.on('error', () => {
    again ??= setTimeout(() => {
      again = null
      stream.write('')
    }, tryAgainMs).unref()
  })
  return {
    write(line) {
      const said = lost
      lost = 0
      stream.write(said > 0 ? line.replace(/\}\n?$/, `,"lostLines":${said}}\n`) : line)
    },
  }
}

function readable(out: DestinationStream): DestinationStream {
  const toText = prettyFactory({
    colorize: process.stderr.isTTY && !process.env['NO_COLOR'],
    translateTime: 'SYS:HH:MM:ss.l',
  })
  return { write: (line) => out.write(toText(line) ?? '') }
}
