// What the page behind an invitation and a set-up link says, in the languages it speaks.

export interface PageWords {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly set: string
  /** With `{name}` and `{email}` of whoever is in now. */
  readonly welcome: string
  readonly notWhole: string
  readonly silent: string
  /** By the code of a refusal; one that is not here is said as the gateway says it. */
  readonly refused: Readonly<Record<string, string>>
}

export const wordsOfThePage = {
  en: {
    name: 'Your name',
    email: 'E-mail, by which you sign in',
    password: 'Password, at least 12 characters',
    set: 'Set it',
    welcome: 'Welcome, {name}. From now on you sign in with {email} and this password.',
    notWhole: 'This link is not whole. Copy all of it.',
    silent: 'The gateway did not answer. Try again.',
    refused: {},
  },
  tr: {
    name: 'Adınız',
    email: 'Giriş yapacağınız e-posta adresi',
    password: 'Parola, en az 12 karakter',
    set: 'Kaydet',
    welcome: 'Hoş geldiniz, {name}. Bundan sonra {email} adresi ve bu parolayla giriş yaparsınız.',
    notWhole: 'Bu bağlantı eksik. Tamamını kopyalayın.',
    silent: 'Sunucu yanıt vermedi. Yeniden deneyin.',
    refused: {
      password_refused:
        'Bu parola kabul edilmedi: en az 12 karakter olmalı, kolay tahmin edilmemeli, adınızdan ya da e-posta adresinizden oluşmamalıdır. Birbiriyle ilgisiz birkaç sözcük seçin.',
      link_over:
        'Bu bağlantı artık geçerli değil: kullanılmış, süresi dolmuş ya da yerine yenisi verilmiş. Yenisini isteyin.',
      too_many_wrong_links: 'Çok fazla yanlış deneme yapıldı. Bir dakika bekleyip yeniden deneyin.',
      already_set_up: 'İlk yönetici daha önce tanımlanmış. Sizi davet etmesini ondan isteyin.',
      email_taken: 'Bu e-posta adresi başka birine ait.',
      agent_inactive: 'Bu kişi artık giriş yapamaz. Yöneticinize danışın.',
    },
  },
} as const satisfies Record<string, PageWords>
export type PageLanguage = keyof typeof wordsOfThePage

/** The first they ask for that the page speaks (RFC 9110, 12.5.4); English where there is none. */
export function languageFor(acceptLanguage: string | undefined): PageLanguage {
  const wanted = (acceptLanguage ?? '').split(',').map((one) => {
    const language = /^\s*([a-z]+)/i.exec(one)?.[1]?.toLowerCase() ?? ''
    return { language, weight: Number(/;\s*q\s*=\s*([\d.]+)/i.exec(one)?.[1] ?? 1) }
  })
  const spoken = wanted.filter(({ language, weight }) => Object.hasOwn(wordsOfThePage, language) && weight > 0)
  const best = spoken.toSorted((a, b) => b.weight - a.weight)[0]
  return (best?.language as PageLanguage | undefined) ?? 'en'
}
