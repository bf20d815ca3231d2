// The made-up customers of the stand-in and what they write: Turkish and English, the same for the same seed.
import type { Customer } from '../../../core/ports/stand-in.ts'
import type { Seeded } from '../../_shared/stand-in/seeded.ts'

const turkish = {
  first: ['Ayşe', 'Mehmet', 'Zeynep', 'Çağlar', 'Gülşah', 'İbrahim', 'Ömer', 'Şule', 'Yiğit', 'Nazlı', 'Işıl', 'Uğur'],
  last: ['Yılmaz', 'Öztürk', 'Çelik', 'Şahin', 'Güneş', 'Aydın', 'Koç', 'İnan', 'Doğan', 'Kılıç'],
  texts: [
    'Merhaba, siparişim hâlâ gelmedi, nerede acaba?',
    'İade etmek istiyorum, ürün kırık çıktı 😕',
    'Bu ayakkabının 38 numarası var mı?',
    'Ödeme iki kez çekilmiş, dekontu gönderiyorum.',
    'Kargo şubesi “adres yetersiz” diyor, ne yapmalıyım?',
    'Çok teşekkürler, hızlı cevap verdiniz 🙏',
    'Kampanya kodu çalışmıyor: GÜZ2026',
    'Fatura adımı yanlış yazmışsınız, düzeltebilir misiniz?',
    'Ürünün garantisi kaç yıl?',
    'Bugün teslim edilebilir mi? Öğleden sonra evde olacağım.',
  ],
}
const english = {
  first: ['Sheena', 'Tom', 'Amelia', 'Jack', 'Grace', 'Noah', 'Ivy', 'Oscar', 'Ruth', 'Zoë'],
  last: ['Nelson', 'Baker', "O'Brien", 'Hughes', 'Marsh', 'Patel', 'Clarke', 'Quinn'],
  texts: [
    'Hi, does it come in another colour?',
    'My parcel says delivered, but nothing is here.',
    'Can I change the address of order 10442?',
    'The zip broke on day two 😡',
    'Thanks, that fixed it!',
    'How long does a refund take?',
    'I was charged £24.99 twice — please check.',
    'Do you ship to Ireland?',
  ],
}

export interface Person extends Customer {
  /** Digits without `+`. */
  readonly phone: string
  readonly userId: string
}
export function personOf(n: number, chance: Seeded): Person {
  const from = worldOf(n)
  const name = `${chance.pick(from.first, 'first', n)} ${chance.pick(from.last, 'last', n)}`
  // The customer's number goes in, so that no two people share a phone or a user id.
  const rest = String(n).padStart(6, '0')
  const phone =
    from === turkish ? `905${chance.digits(3, 'phone', n)}${rest}` : `1650${chance.digits(1, 'phone', n)}${rest}`
  const userId = `${from === turkish ? 'TR' : 'US'}.${chance.digits(14, 'user', n)}${rest}`
  return { name, phone, userId, address: `+${phone}`, id: userId }
}
/** Two of three write Turkish: most letters that a careless byte path breaks are theirs. */
const worldOf = (n: number): typeof turkish => (n % 3 === 1 ? english : turkish)
export const textOf = (n: number, turn: number, chance: Seeded): string =>
  chance.pick(worldOf(n).texts, 'text', n, turn)
