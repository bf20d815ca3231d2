// What an account of this channel needs to be told: its addresses, its two servers, and what is off until somebody asks for it.
import { Type, type Static } from 'typebox'
import type { SecretShape, Shape } from '../../core/ports/channel.ts'
import { lowerAddress } from './address.ts'
import { Layouts } from './settings-layouts.ts'

const mailbox = { pattern: '^[^\\s<>@"]{1,64}@[^\\s<>@".]+(\\.[^\\s<>@".]+)*$', maxLength: 254 }
const octet = '(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])'
/** One that is none would match nobody, and nobody would know. */
const network = {
  pattern: `^(?:${octet}(?:\\.${octet}){3}(?:/(?:3[0-2]|[12]?[0-9]))?|(?=.*:)[0-9A-Fa-f:.]{2,45}(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)$`,
  maxLength: 49,
  description: 'An address, or a network as 10.0.0.0/8.',
}
/** Two names at least, with nothing between them that no header could hold. */
const signer = { pattern: '^[^\\s.@/:;=,"<>]+(\\.[^\\s.@/:;=,"<>]+)+$' }
const domain = { pattern: '^[^\\s<>@"/]{1,253}$', minLength: 3, maxLength: 253 }
const host = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 253,
    pattern: '^[^\\s/@]+$',
    description: 'Name or address of the server. Trusted as written.',
  }),
)
const port = Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: 'Its port.' }))
const tls = Type.Optional(
  Type.Union([Type.Literal(true), Type.Literal('starttls'), Type.Literal(false)], {
    default: true,
    description:
      '`true`: encrypted from the first byte. `starttls`: upgraded before the log-in, and no log-in without it. `false`: not encrypted; for a server on this machine.',
  }),
)
const user = Type.Optional(
  Type.String({ minLength: 1, maxLength: 254, description: 'Log-in name; the address if absent.' }),
)
const verify = Type.Optional(
  Type.Boolean({
    default: true,
    description:
      '`false` takes any certificate: anybody between us and the server can read along. Said in the account’s health.',
  }),
)
const server = { host, port, tls, user, verify }
const Imap = Type.Object(server, {
  additionalProperties: false,
  description:
    'Where mail is read: `host`, `port` (993), `tls` (true), `user` (the address), `verify` (true). A provider fills in the first three.',
})
const Smtp = Type.Object(server, {
  additionalProperties: false,
  description: 'Where mail is sent: as `imap` (port 465). A provider fills in host, port and tls.',
})
const OAuth = Type.Object(
  {
    tokenUrl: Type.Optional(
      Type.String({ pattern: '^https?://[^\\s]+$', description: 'The token endpoint. Trusted as written.' }),
    ),
    clientId: Type.String({
      minLength: 1,
      maxLength: 512,
      description: 'Of the application registered at the provider.',
    }),
    scope: Type.Optional(Type.String({ maxLength: 2_000, description: 'Asked for at every renewal.' })),
    grant: Type.Optional(
      Type.Union([Type.Literal('refresh_token'), Type.Literal('client_credentials')], {
        default: 'refresh_token',
        description: '`client_credentials`: the application itself may read the mailbox (Microsoft’s daemon flow).',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Log-in by OAuth2 in place of a password: `tokenUrl`, `clientId`, `scope`, `grant`. A provider fills in tokenUrl and scope.',
  },
)

export const SettingsSchema = Type.Object(
  {
    address: Type.String({ ...mailbox, description: 'The address customers write to; answers come from it.' }),
    name: Type.Optional(
      Type.String({
        maxLength: 200,
        pattern: '^[^\\r\\n]*$',
        description: 'The name that stands beside the address in what we send.',
      }),
    ),
    aliases: Type.Optional(
      Type.Array(Type.String(mailbox), {
        maxItems: 200,
        description:
          'Further addresses whose mail ends in this mailbox, forwarded ones too. Mail to any of them is this account’s.',
      }),
    ),
    provider: Type.Optional(
      Type.Union(
        [Type.Literal('gmail'), Type.Literal('microsoft365'), Type.Literal('outlook'), Type.Literal('yandex')],
        { description: 'Fills in servers, ports, OAuth endpoint and limits; what is written here beside it wins.' },
      ),
    ),
    imap: Type.Optional(Imap),
    smtp: Type.Optional(Smtp),
    oauth: Type.Optional(OAuth),
    folders: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 500 }), {
        minItems: 1,
        maxItems: 20,
        default: ['INBOX'],
        description:
          'What is read. The first is watched, the others are looked at every minute. `\\Junk` stands for the spam folder, whatever its name.',
      }),
    ),
    since: Type.Optional(
      Type.String({
        pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
        format: 'date',
        description:
          'The first connection reads mail from this day on, as history that greets nobody. Without it only mail that comes from then on is read.',
      }),
    ),
    markSeen: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Marks mail as read at the server once it is safe here. Nothing is ever deleted.',
      }),
    ),
    caFile: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1_000,
        description: 'PEM file of a private certificate authority, for servers of one’s own.',
      }),
    ),
    silentMinutes: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 1_440,
        default: 15,
        description: 'Without one successful look at the mailbox for so long the account is `degraded`, and says so.',
      }),
    ),
    trustedHosts: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
        maxItems: 20,
        description:
          'Names by which our own receiving servers sign `Authentication-Results`; others’ are not believed.',
      }),
    ),
    trustedRelays: Type.Optional(
      Type.Array(Type.String(network), {
        maxItems: 50,
        description:
          'Addresses or networks of our own servers that bring mail to our port (INLET_LISTEN); of what anybody else brings there no `Authentication-Results` is believed.',
      }),
    ),
    trustedSealers: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
        maxItems: 20,
        description:
          'Domains that forward mail to us and seal it (ARC): where a trusted host found their seal whole, forwarding alone makes no mail forged.',
      }),
    ),
    agents: Type.Optional(
      Type.Array(Type.String(mailbox), {
        maxItems: 1_000,
        description:
          'Addresses of agents: a customer’s mail that one of them forwards here is the customer’s, where a trusted host proves the agent (dmarc=pass).',
      }),
    ),
    trustedHeaders: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Believes `x-inlet-*` headers of mail to this account. Only for mailboxes that strangers cannot write to.',
      }),
    ),
    trustedHeadersFrom: Type.Optional(
      Type.Array(Type.String(domain), {
        maxItems: 100,
        description:
          'Domains whose mail may carry `x-inlet-*` headers that are believed, where a trusted host proves its sender (`dmarc=pass`, or a signature of that domain).',
      }),
    ),
    organisations: Type.Optional(
      Type.Array(Type.String(domain), {
        maxItems: 1_000,
        description:
          'Domains of customers’ organisations: whoever writes from the requester’s own joins a ticket by answering a mail of it, marked as new, where a trusted host proves them. Domains at which anybody gets a mailbox (gmail.com …) are never taken for one.',
      }),
    ),
    certifiers: Type.Optional(
      Type.Array(Type.String(domain), {
        maxItems: 100,
        description:
          'Domains of providers of certified mail (PEC) whose envelopes are opened, where a trusted host proves them: the mail inside is its own sender’s. Of others the envelope is the message.',
      }),
    ),
    automaticTickets: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Mail that a machine wrote and that answers nothing opens a ticket, tagged `automatic`. Without it such mail is set aside (`/v1/parked`), and a person may have its ticket opened.',
      }),
    ),
    attachMaxMegabytes: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: 18,
        description:
          'Files of an answer go along up to this sum, as encoded; what is more goes as links, where INLET_PUBLIC_URL is set.',
      }),
    ),
    linkDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 365,
        default: 30,
        description: 'How long the link to a file that was too large for its mail can be opened.',
      }),
    ),
    plusAddressing: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          '`false` for a server that refuses `name+tag@…`: answers then come to the plain address and find their ticket by what they refer to.',
      }),
    ),
    bounceTag: Type.Optional(
      Type.Boolean({
        description:
          'Reports of servers come to an address made for each mail (`name+b.…`), so that nobody can make one up. On by default where no provider is named; the large ones set the sender of the envelope themselves.',
      }),
    ),
    subjectNumber: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Writes the ticket’s number before the subject, as `[#1042]`. Some programs of readers then show the first answer as a thread of its own.',
      }),
    ),
    dkim: Type.Optional(
      Type.Object(
        {
          domain: Type.String({ ...signer, maxLength: 253, description: 'The domain that signs.' }),
          selector: Type.String({
            pattern: '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$',
            maxLength: 63,
            description: 'Names the key in DNS.',
          }),
        },
        {
          additionalProperties: false,
          description: 'Signs what we send with the secret dkimKey: `domain`, `selector`.',
        },
      ),
    ),
    language: Type.Optional(
      Type.String({
        pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$',
        default: 'en',
        description: 'Layout used until a customer has a language.',
      }),
    ),
    layouts: Type.Optional(Layouts),
  },
  { additionalProperties: false },
)
export type Settings = Static<typeof SettingsSchema>
export const settings: Shape<Settings> = { schema: SettingsSchema }

export const secrets = {
  password: {
    description: 'Password or app password of the mailbox, for IMAP and SMTP.',
    of: 'account',
    required: false,
  },
  smtpPassword: { description: 'Where SMTP has another password than IMAP.', of: 'account', required: false },
  clientSecret: { description: 'OAuth2: secret of the registered application.', of: 'account', required: false },
  refreshToken: {
    description: 'OAuth2: what a person’s consent gave; renewed by itself where the provider turns it.',
    of: 'account',
    required: false,
  },
  accessToken: {
    description: 'OAuth2: made from the refresh token, and renewed near its end.',
    of: 'account',
    required: false,
  },
  dkimKey: { description: 'Private key (PEM) that signs what we send.', of: 'account', required: false },
} as const satisfies Readonly<Record<string, SecretShape>>
export type SecretName = keyof typeof secrets

/** Every address whose mail is this account’s, the main one first. */
export const routesOf = (of: Settings): readonly string[] => [
  ...new Set([of.address, ...(of.aliases ?? [])].map(lowerAddress)),
]
