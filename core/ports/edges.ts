// Contracts with the world: time, bytes, secrets, HTTP and the log lines. Nothing here runs.
import type { BlobRef, Instant, WorkspaceId } from '../../schemas/ids.ts'

export interface Clock {
  /** Wall time, UTC. For records only; ordering and dedup never use it (G17). */
  now(): Instant
  /** Monotonic milliseconds, for durations and deadlines. */
  ticks(): number
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/**
 * Content-addressed within a workspace. `put` resolves when the bytes would survive a power cut; putting the same bytes twice is one
 * blob. Throws `blobs.unavailable` when it cannot. Only what nothing refers to, and nobody put for 24 hours, is collected.
 */
export interface BlobStore {
  put(workspace: WorkspaceId, bytes: Uint8Array | AsyncIterable<Uint8Array>, type: string): Promise<BlobRef>
  /** Throws `event.invalid` when there is no such blob. */
  get(workspace: WorkspaceId, ref: BlobRef): Promise<ReadableStream<Uint8Array>>
  collect(
    workspace: WorkspaceId,
    stillUsed: (refs: readonly BlobRef[]) => Promise<ReadonlySet<BlobRef>>,
  ): Promise<number>
}

/** Addresses that open one file to whoever has them, until they end: for what is too large to send. */
export interface FileLinks {
  /** Null: this gateway has no address that the world reaches it by (INLET_PUBLIC_URL). */
  to(workspace: WorkspaceId, file: string, until: Instant): Promise<string | null>
  /** Whether these words were made here, whatever they name and however old they are. */
  isOurs(link: FileLink): Promise<boolean>
}
export interface FileLink {
  readonly workspace: string
  readonly file: string
  /** Seconds since 1970. */
  readonly until: number
  readonly signature: string
}

/** Turns `env:NAME`, `file:PATH` or a sealed text into its value, and seals what must be stored (S16). */
export interface Secrets {
  /** Envelope encryption: AES-256-GCM under the workspace's data key; `place` (account, secret name) is bound as additional data. */
  seal(workspace: WorkspaceId, place: string, plain: string): Promise<string>
  /** Throws `settings.invalid` naming the place, never the value. */
  open(workspace: WorkspaceId, place: string, stored: string): Promise<string>
}

export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** As received, in order, names in lower case; a header that came twice is here twice (S2). */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}
export interface HttpResponse {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface VendorRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** A plain object goes as JSON; a FormData as multipart; URLSearchParams as a form. */
  readonly body?: Readonly<Record<string, unknown>> | FormData | URLSearchParams
  readonly timeoutMs: number
  /** More than this in the answer is an error. */
  readonly maxBytes: number
}
export type VendorAnswer =
  | {
      readonly is: 'answer'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: Uint8Array
    }
  /** Nothing was written to the vendor: refused, no such host, TLS failed. Safe to try again. */
  | { readonly is: 'not-sent'; readonly why: string }
  /** The request left, no complete answer came. The vendor may have acted. */
  | { readonly is: 'unknown'; readonly why: string }
/** Every call to an address. `call` goes to the vendor's own API (administrators' `apiBase` is trusted); `fetch` takes addresses that came with data and is guarded (S8–S10). */
export interface Http {
  call(request: VendorRequest, signal: AbortSignal): Promise<VendorAnswer>
  /**
   * `hosts`: exact names, `.suffix`, or a whole origin (`new URL(apiBase).origin`) that an administrator typed and that is trusted as
   * written, http and loopback included. Throws a `FetchRefused` (an `event.invalid` with `about.rule`) naming the rule that refused;
   * what the network says (ECONNREFUSED, ETIMEDOUT …) comes as it is. `timeoutMs` counts to the last byte.
   */
  fetch(
    url: string,
    options: {
      readonly hosts: readonly string[]
      readonly headers?: Readonly<Record<string, string>>
      readonly maxBytes: number
      readonly timeoutMs: number
    },
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly type: string; readonly bytes: AsyncIterable<Uint8Array> }>
}

/** Structured lines; the driver masks secrets and personal data (S18, S19). First what happened, then the facts. */
export interface Logger {
  debug(message: string, about?: Readonly<Record<string, unknown>>): void
  info(message: string, about?: Readonly<Record<string, unknown>>): void
  warn(message: string, about?: Readonly<Record<string, unknown>>): void
  error(message: string, about?: Readonly<Record<string, unknown>>): void
  with(about: Readonly<Record<string, unknown>>): Logger
}

/** Counters and gauges by the names of reliability M1–M2; the driver publishes them as `inlet_*`. */
export interface Meter {
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void
  observe(name: string, seconds: number, labels?: Readonly<Record<string, string>>): void
}
