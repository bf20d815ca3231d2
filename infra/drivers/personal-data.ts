// Masks what names a person or a credential in a text or under a key of a log line (S18, S19).

export type KeyMeans = 'secret' | 'person' | 'address' | 'technical' | 'other'

const secretWords =
  /token|secret|passw(?:or)?d|passphrase|authorization|cookie|credential|signature|(?:api|private|master|admin|access|signing|data|encryption)key/
const secretKeys = new Set(['key', 'auth', 'pin', 'otp', 'sig', 'jwt', 'bearer'])
const addressKeys = new Set(
  'from to cc bcc replyto sender recipient requester phone phonenumber msisdn waid mobile mail email address addresses ip remoteaddress'.split(
    ' ',
  ),
)
/** `name` too: what is not a person is logged under its own word (`worker`, `setting`, `file`). */
const personKeys = new Set(
  (
    'name names firstname lastname fullname displayname profilename username nickname pushname author ' +
    'text body html subject caption comment title content snippet payload raw bytes message messages birthday street city latitude longitude'
  ).split(' '),
)

/** What a value under this key is, whatever the spelling: `appSecret`, `app_secret`, `APP-SECRET`. */
export function meaningOf(key: string): KeyMeans {
  const plain = key.toLowerCase().replace(/[^a-z0-9]/g, '')
  if (secretKeys.has(plain) || secretWords.test(plain)) return 'secret'
  if (addressKeys.has(plain)) return 'address'
  if (personKeys.has(plain)) return 'person'
  return /(?:^|[_\-a-z])(?:ids?|Ids?|IDs?|At)$/.test(key) || technical.has(plain) ? 'technical' : 'other'
}
const technical = new Set(
  'id ids correlation cause position pid port size bytes count status route seq sequence'.split(' '),
)

export const characters = (text: string): string => `[${text.length} characters]`

/** `+905321112267` → `+9053…67`; long enough to tell two apart, too short to call. */
const maskPhone = (phone: string): string => {
  const digits = phone.replace(/[^+\d]/g, '')
  return `${digits.slice(0, digits.startsWith('+') ? 5 : 4)}…${digits.slice(-2)}`
}
const mailAddress = /([\p{L}\p{N}])[\p{L}\p{N}._%+'-]{0,63}(@|%40)([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)/giu
const writtenPhone = /(?<![\w+.:-])(?:\+|%2B|00)\d(?:[ ().-]{0,2}\d){7,14}(?![\w:-])/gi
/** A number without plus may be a phone (a WhatsApp id is one); times and ids of 16 digits and more are not. */
const bareNumber = /(?<![\w+.:/#-])\d{10,15}(?![\w:-])/g

/** Masks one value that is known to be somebody's address. */
export function maskAddress(text: string): string {
  const mail = text.match(mailAddress)
  if (mail && text.length < 320) return mail.map((one) => one.replace(mailAddress, '$1…$2$3')).join(', ')
  return /^[+\d][\d ().-]{6,20}$/.test(text.trim()) ? maskPhone(text) : characters(text)
}

export function maskPersons(text: string, isTechnical = false): string {
  const masked = text.replace(mailAddress, '$1…$2$3').replace(writtenPhone, maskPhone)
  return isTechnical ? masked : masked.replace(bareNumber, maskPhone)
}

const rules: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic|digest|oauth)\s+[A-Za-z0-9._~+/=-]{6,}/gi, '$1 [secret]'],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^/\s"'@]*@/gi, '$1[secret]@'],
  [
    /([?&;](?:[\w.%-]{0,60}(?:token|secret|passw(?:or)?d|signature|apikey|api_key|credential)[\w.%-]*|key|sig|code|auth|hmac|oh|x-amz-security-token)=)[^&\s"'#;]+/gi,
    '$1[secret]',
  ],
  [
    /((?:token|secret|passw(?:or)?d|authorization|apikey|api_key|private_key)[\w-]{0,40}\\?["']?\s*[:=]\s*\\?["'])[^"'\\]+/gi,
    '$1[secret]',
  ],
  [
    /((?:access_token|accessToken|appSecret|app_secret|client_secret|verifyToken|verify_token|password)\s*[:=]\s*)(?!\[secret\])[^\s"'&,;)}\]]+/gi,
    '$1[secret]',
  ],
  [/(\/in\/[\w-]+\/[\w-]+\/)[\w-]{16,}/g, '$1[secret]'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[secret]'],
]

/** Takes out what looks like a credential although nobody opened it here: bearer headers, URL passwords, tokens in queries. */
export function maskCredentials(text: string): string {
  let masked = text
  for (const [looksLike, instead] of rules) masked = masked.replace(looksLike, instead)
  return masked
}

/** S14: no line break, terminal escape or text direction from data can forge a line or paint a terminal; each becomes visible. */
export function neutralise(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (char) => {
    const code = char.charCodeAt(0)
    if (char === '\n') return '\\n'
    if (char === '\r') return '\\r'
    if (char === '\t') return ' '
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}
