// The closed list of faults and the one treatment each gets. Expected failures are values, not these.

/** retry: the world may get better. park: this event never will; set it aside, visibly. stop: the process is not fit to run. */
export const treatments = {
  'log.unavailable': 'retry',
  'log.full': 'retry',
  'store.unavailable': 'retry',
  'store.conflict': 'retry',
  'blobs.unavailable': 'retry',
  'event.invalid': 'park',
  'worker.fault': 'park',
  'settings.invalid': 'stop',
  'data.locked': 'stop',
  'data.unusable': 'stop',
} as const satisfies Record<string, 'retry' | 'park' | 'stop'>
export type ErrorCode = keyof typeof treatments

export class GatewayError extends Error {
  readonly code: ErrorCode
  readonly about: Readonly<Record<string, string | number>>
  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly about?: Record<string, string | number>; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'GatewayError'
    this.code = code
    this.about = options.about ?? {}
  }
}

export const isGatewayError = (error: unknown, ...codes: readonly ErrorCode[]): error is GatewayError =>
  error instanceof GatewayError && (codes.length === 0 || codes.includes(error.code))

/** Faults of the world, not of the event: never counted against it (G13). */
export const isOfTheWorld = (error: unknown): boolean =>
  error instanceof GatewayError && treatments[error.code] === 'retry'

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
