// PGP that stands in the text itself: what was signed is shown without its armour; what is encrypted is said to be so. Nothing is checked.

export interface Unarmoured {
  readonly text: string
  readonly isSigned: boolean
  readonly isEncrypted: boolean
}
const signedBegin = '-----BEGIN PGP SIGNED MESSAGE-----'
const signatureBegin = '-----BEGIN PGP SIGNATURE-----'
const signatureEnd = '-----END PGP SIGNATURE-----'
const messageBegin = '-----BEGIN PGP MESSAGE-----'
const messageEnd = '-----END PGP MESSAGE-----'

/** Line by line: an armour that breaks off reaches to the end. */
export function unarmoured(text: string): Unarmoured {
  if (!text.includes('-----BEGIN PGP ')) return { text, isSigned: false, isEncrypted: false }
  const kept: string[] = []
  let within: 'text' | 'head' | 'signed' | 'signature' | 'message' = 'text'
  let [isSigned, isEncrypted] = [false, false]
  for (const line of text.split(/\r\n|[\n\r]/)) {
    const bare = line.trim()
    if (bare === signedBegin) [within, isSigned] = ['head', true]
    else if (bare === messageBegin) [within, isEncrypted] = ['message', true]
    else if (bare === signatureBegin && within !== 'text') within = 'signature'
    else if ((bare === signatureEnd && within === 'signature') || (bare === messageEnd && within === 'message'))
      within = 'text'
    else if (within === 'head') within = bare === '' ? 'signed' : 'head'
    else if (within === 'signed') kept.push(line.replace(/^- /, ''))
    else if (within === 'text') kept.push(line)
  }
  return { text: kept.join('\n').trim(), isSigned, isEncrypted }
}
