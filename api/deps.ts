// What the API is given: ports, and the few doings that live in the runtime. It knows no SQL, no file, no clock of its own.
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { AnyChannel } from '../core/ports/channel.ts'
import type { Asker, Commands } from '../core/ports/command.ts'
import type { BlobStore, Clock, FileLinks, Logger, Meter, Secrets } from '../core/ports/edges.ts'
import type { KeptRaw } from '../core/ports/event-log.ts'
import type { Keys, Queries } from '../core/ports/queries.ts'
import type { Passwords, SignIns } from '../core/ports/signing-in.ts'
import type { RawRef } from '../schemas/events.ts'
import type { Instant, WorkspaceId } from '../schemas/ids.ts'

export interface ParkedAsk {
  readonly workspace: WorkspaceId
  readonly id: string
  readonly by: Asker
}
export type ParkedDone =
  { readonly is: 'done' } | { readonly is: 'not-found' } | { readonly is: 'failed'; readonly why: string }
export interface ReplayAsk {
  readonly workspace: WorkspaceId
  readonly from: Instant
  readonly to: Instant
  readonly channel?: string
  readonly account?: string
  readonly correlation: string
}
export interface ReplayCounts {
  readonly raws: number
  readonly unchanged: number
  readonly fresh: number
  readonly corrected: number
  readonly unreadable: number
}

export interface ApiDeps {
  readonly commands: Commands
  readonly queries: Queries
  readonly keys: Keys
  readonly signIns: SignIns
  readonly passwords: Passwords
  readonly clock: Clock
  readonly logger: Logger
  readonly meter: Meter
  readonly secrets: Pick<Secrets, 'seal'>
  readonly blobs: Pick<BlobStore, 'put' | 'get'>
  readonly links: Pick<FileLinks, 'isOurs'>
  /** Of the administrator of the installation; also what keys and addresses shown once are made from. */
  readonly adminKey: string
  /** Where the world reaches this gateway, without a slash at the end; known once it listens. */
  publicUrl(): string
  /** null: no such channel is installed. */
  channel(name: string): AnyChannel | null
  /** Of conversations, of all channels that are installed. */
  kinds(): readonly string[]
  raw(ref: RawRef): Promise<KeptRaw | null>
  readonly keepDays: number
  /** Before the names of topics in Kafka. */
  readonly topicPrefix: string
  replay(asked: ReplayAsk, signal: AbortSignal): Promise<ReplayCounts>
  retryParked(asked: ParkedAsk): Promise<ParkedDone>
  dropParked(asked: ParkedAsk): Promise<ParkedDone>
  testAccount(
    workspace: WorkspaceId,
    channel: string,
    id: string,
  ): Promise<{ readonly ok: boolean; readonly why: string } | null>
  /** Resolves when the feed of this workspace may hold something new, or after `ms`. */
  waitForEvents(workspace: WorkspaceId, ms: number, signal: AbortSignal): Promise<void>
  /** Aborts when the process stops: streams end then. */
  readonly stopping: AbortSignal
}

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>
