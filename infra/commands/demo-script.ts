// The hour that the demo plays: who writes what in which minute, and what an agent does about it.

export interface Line {
  readonly minute: number
  /** The customer, by number: the stand-in gives the name. */
  readonly who: number
  readonly says?: string
  /** The vendor's word for what comes along, where it has one. */
  readonly kind?: 'image' | 'location'
  /** What an agent answers through the API. */
  readonly reply?: string
  /** What becomes of the ticket then. */
  readonly status?: 'pending' | 'resolved'
  /** What goes wrong with the vendor at this answer; it must be got over without a second message. */
  readonly trouble?: 'reset' | 'reset-after-accept'
}

export const story: readonly Line[] = [
  { minute: 0, who: 0, says: 'Merhaba, geçen hafta verdiğim sipariş hâlâ gelmedi.' },
  { minute: 1, who: 0, says: 'Sipariş numarası 48213.' },
  { minute: 2, who: 1, says: 'Hi! Do you ship to Cyprus?' },
  { minute: 4, who: 0, reply: 'Merhaba, hemen bakıyorum. Kargo şu an Kadıköy şubesinde görünüyor.' },
  { minute: 5, who: 2, says: 'Bu ürün kırık geldi.' },
  { minute: 6, who: 2, says: 'Fotoğrafı da gönderiyorum', kind: 'image' },
  { minute: 8, who: 1, reply: 'Hello, we do: four to six days, and free above 50 €.', trouble: 'reset' },
  { minute: 9, who: 0, says: 'Teşekkürler, şubeden alabilir miyim?' },
  { minute: 11, who: 3, says: 'I would like to change the delivery address of order 48377.' },
  { minute: 12, who: 3, kind: 'location' },
  { minute: 14, who: 0, reply: 'Elbette. Kimliğinizle bugün 18:00’e kadar alabilirsiniz.', status: 'resolved' },
  { minute: 15, who: 4, says: 'İade nasıl yapılıyor? 🤔' },
  { minute: 17, who: 2, reply: 'Çok üzgünüz. Yenisini bugün kargoya veriyoruz, kırık olanı göndermenize gerek yok.' },
  { minute: 19, who: 1, says: 'Perfect, thank you. Ordering now.' },
  { minute: 21, who: 5, says: 'Mağazanız pazar günü açık mı?' },
  { minute: 24, who: 3, reply: 'Done, the courier has the new address.', trouble: 'reset-after-accept' },
  { minute: 26, who: 2, says: 'Çok hızlısınız, sağ olun 🙏' },
  { minute: 28, who: 6, says: 'My invoice shows the wrong company name.' },
  { minute: 29, who: 6, says: 'It should be "Güneş & Ortakları Ltd. Şti."' },
  { minute: 33, who: 5, reply: 'Pazar 12.00 ile 20.00 arasında açığız.', status: 'resolved' },
  { minute: 36, who: 4, says: 'Bir de değişim mümkün mü, beden büyük geldi' },
  { minute: 38, who: 7, says: 'Hello??? Third time I write about order 47990!!' },
  { minute: 40, who: 4, reply: 'Değişim ücretsiz: paketteki kodu kargoya göstermeniz yeterli.', status: 'pending' },
  { minute: 43, who: 7, says: 'I want my money back.' },
  { minute: 45, who: 6, reply: 'We have corrected it; the new invoice is on its way.', status: 'resolved' },
  { minute: 48, who: 7, reply: 'We are sorry. The refund was started, it takes two working days.', status: 'pending' },
  { minute: 52, who: 4, says: 'Süper, teşekkürler!' },
  { minute: 55, who: 0, says: 'Aldım, her şey yolunda. İyi günler!' },
  { minute: 57, who: 8, says: 'Kapıda ödeme var mı?' },
]
/** Customers beyond the story, who write once or twice whatever the stand-in makes up. */
export const passersBy = { first: 20, many: 24 } as const

/** A picture of one grey dot: small, and a real PNG. */
export const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
)
