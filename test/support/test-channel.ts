// A channel for tests of the house: kept simple, with a token address, settings, secrets and one kind of conversation.
import Type from 'typebox'
import { channel, type AnyChannel, type Capabilities } from '../../core/ports/channel.ts'
import type { ChannelName } from '../../schemas/ids.ts'

/** A conversation that may be answered freely for a day, then by template. */
export const testCapabilities: Capabilities = {
  live: true,
  visibility: 'private',
  text: { max: 4096, unit: 'utf16', format: 'plain' },
  attachments: { maxCount: 5, types: [{ type: '*', maxBytes: 20 * 1024 * 1024 }] },
  parts: ['location'],
  windows: [
    { untilHours: 24, for: 'anyone', as: 'free' },
    { untilHours: Number.POSITIVE_INFINITY, for: 'anyone', as: 'template' },
  ],
  replies: 'many',
  resend: 'may-duplicate',
}

interface Settings {
  readonly number: string
}
export const makeTestChannel = (proof: 'token' | 'signature' = 'token', name = 'testchannel'): AnyChannel =>
  channel<Settings, 'appSecret' | 'accessToken'>({
    name: name as ChannelName,
    settings: {
      schema: Type.Object({ number: Type.String({ description: 'Ours.' }) }, { additionalProperties: false }),
    },
    secrets: {
      appSecret: { description: 'Signs the calls.', of: 'endpoint', required: true },
      accessToken: { description: 'Lets us answer.', of: 'account', required: false },
    },
    can: { dm: testCapabilities },
    limits: [],
    routesOf: ({ number }) => [number],
    receive: [{ kind: 'webhook', proof, open: async () => ({ raws: [], reply: { status: 200 } }) }],
    normalize: () => [],
    address: (typed) =>
      /^\+\d{7,15}$/.test(typed)
        ? {
            to: { id: typed.slice(1), name: null, address: typed, keys: [`phone:${typed.slice(1)}`] },
            lane: typed.slice(1),
            threadKeys: [typed.slice(1)],
          }
        : { refuse: `${typed} is no number` },
  }) as unknown as AnyChannel
