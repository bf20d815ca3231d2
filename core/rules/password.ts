// Which passwords are taken: long ones, and not those that everybody tries first (S22).

export const shortest = 12
/** Beyond it nobody types, and every byte is work. */
export const longest = 200

/** However a keyboard wrote its letters: "ş" is one sign or two, and the same password. */
export const asSpelt = (password: string): string => password.normalize('NFKC')

/** What long bad passwords are made of: these words with digits, signs and each other around them. Lower case, plain letters. */
const stems = [
  'password', 'passwort', 'motdepasse', 'contrasena', 'parola', 'sifre', 'sifrem', 'qwerty', 'qwertyuiop', 'qwertz', 'azerty', 'asdfgh', 'asdfghjkl',
  'zxcvbn', 'zxcvbnm', 'qazwsx', 'qazwsxedc', 'admin', 'administrator', 'yonetici', 'root', 'user', 'guest', 'test', 'demo', 'letmein', 'letmeinnow', 'welcome',
  'hosgeldin', 'hosgeldiniz', 'merhaba', 'changeme', 'change', 'me', 'default', 'secret', 'gizli', 'login', 'master', 'iloveyou', 'seniseviyorum', 'canim', 'askim',
  'princess', 'sunshine', 'football', 'baseball', 'superman', 'batman', 'dragon', 'monkey', 'shadow', 'michael', 'charlie', 'trustno', 'abc', 'abcd', 'abcdef',
  'abcdefgh', 'abcdefghijkl', 'galatasaray', 'fenerbahce', 'besiktas', 'trabzonspor', 'istanbul', 'ankara', 'izmir', 'turkiye', 'ataturk', 'company', 'support', 'inlet',
  'my', 'the', 'is', 'new', 'old', 'word', 'pass', 'key', 'one', 'two', 'three', 'qaz', 'wsx', 'edc', 'rfv',
] // prettier-ignore
const leet: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}
const letters: Readonly<Record<string, string>> = { ı: 'i', ş: 's', ğ: 'g', ç: 'c', ö: 'o', ü: 'u' }

/** Why this password is not taken, as a sentence for who typed it; null: it is. `about`: their e-mail and name. */
export function whyNotAPassword(typed: string, about: readonly string[] = []): string | null {
  const password = asSpelt(typed)
  const length = [...password].length
  if (length < shortest) return `A password has at least ${shortest} characters; this one has ${length}.`
  if (length > longest) return `A password has at most ${longest} characters; this one has ${length}.`
  const plain = plainly(password)
  if (new Set(password).size < 5)
    return 'This password repeats a few characters. Take several words that do not belong together.'
  if (isRow(plain)) return 'This password is a row of neighbours. Take several words that do not belong together.'
  const known = [...stems, ...about.flatMap(wordsOf)].toSorted((a, b) => b.length - a.length)
  if (isMadeOf(plain, known) || isMadeOf(withoutLeet(plain), known))
    return 'This password is one of those that are tried first. Take several words that do not belong together.'
  return null
}

const plainly = (text: string): string =>
  [...text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')].map((it) => letters[it] ?? it).join('')
/** Digits at the end are a year or a count, not letters. */
const withoutLeet = (text: string): string => [...text.replace(/[^\p{L}]+$/u, '')].map((it) => leet[it] ?? it).join('')
const wordsOf = (text: string): readonly string[] =>
  plainly(text)
    .split(/[^\p{L}]+/u)
    .filter((it) => it.length >= 3)

/** Nothing but known words, with digits and signs between and around them. */
const isMadeOf = (text: string, known: readonly string[]): boolean => {
  let left = text
  for (const word of known) left = left.replaceAll(word, ' ')
  return !/\p{L}/u.test(left)
}
/** Each sign is a fixed step from the one before, in the alphabet or among digits: abcdefghijkl, 123456789012. */
function isRow(text: string): boolean {
  const steps = [...text].slice(1).map((it, at) => ((it.codePointAt(0) ?? 0) - (text.codePointAt(at) ?? 0) + 10) % 10)
  return steps.filter((it) => it === steps[0]).length >= steps.length - 1
}
