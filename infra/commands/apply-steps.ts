// What a plan is made of: one call a step, and how it is told.

/** One call, and how it is told. */
export interface Step {
  readonly sign: '+' | '~' | '-'
  readonly name: string
  /** A line a field; never the value of a secret. */
  readonly lines: readonly string[]
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
  /** Where in the file it stands: `rules.3`. */
  readonly from?: string
}
export interface Plan {
  readonly steps: readonly Step[]
  readonly warnings: readonly string[]
}
export interface PlanOptions {
  /** What is there and not in the file goes. */
  readonly prune: boolean
  /** Plain secrets are sent again: whether they differ cannot be known. */
  readonly resend: boolean
}

export const shown = (value: unknown): string =>
  value === undefined || value === null ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)
