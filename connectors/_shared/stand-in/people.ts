// The made-up customers of stand-ins and what they write: Turkish and English, the same for the same seed.
import type { Seeded } from './seeded.ts'

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

/** Two of three write Turkish: most letters that a careless byte path breaks are theirs. */
const worldOf = (n: number): typeof turkish => (n % 3 === 1 ? english : turkish)
export const textOf = (n: number, turn: number, chance: Seeded): string =>
  chance.pick(worldOf(n).texts, 'text', n, turn)
export const nameOf = (n: number, chance: Seeded): string => {
  const from = worldOf(n)
  return `${chance.pick(from.first, 'first', n)} ${chance.pick(from.last, 'last', n)}`
}
export const isTurkish = (n: number): boolean => worldOf(n) === turkish
