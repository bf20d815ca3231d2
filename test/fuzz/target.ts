// What a target of the fuzzing is: inputs that can be written down, and a judge that says what is wrong with how one was taken.
import type { Arbitrary } from 'fast-check'

/** An input is plain JSON: it is kept in a file and played again. */
export interface Target<Input = unknown> {
  readonly name: TargetName
  readonly inputs: Arbitrary<Input>
  /** Null: taken as it should be. */
  check(input: Input): Promise<string | null>
  close(): Promise<void>
}
export const targetNames = ['normalizer', 'mail', 'signature', 'door', 'signed-door', 'api'] as const
export type TargetName = (typeof targetNames)[number]

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'latin1'))
export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** What no answer and no log line of ours may hold (S18, S30): traces, statements, words of the database, files of the house. */
const inward =
  /\n\s+at .+:\d+:\d+|node_modules|\binfra\/|\bselect [^\n]{1,80} from |\binsert into |violates|pg_catalog|relation "|syntax error at/i
export const whatLeaks = (text: string, secrets: readonly string[]): string | null => {
  const found = inward.exec(text)?.[0] ?? (secrets.some((it) => text.includes(it)) ? 'a secret' : null)
  return found === null ? null : `the answer shows ${found.trim().slice(0, 80)}: ${text.slice(0, 300)}`
}
