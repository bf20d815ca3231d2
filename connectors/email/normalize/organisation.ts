// Of which of the customers' organisations somebody is, as the account names them: its people may join each other's tickets (sheet section 6).
import { asInDns, domainOf } from '../address.ts'
import type { Settings } from '../settings.ts'

/** Where anybody gets a mailbox, nobody is a colleague; whatever the account says. */
const everybodys: ReadonlySet<string> = new Set(
  `126.com 163.com aol.com bk.ru bol.com.br duck.com fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net
   googlemail.com hanmail.net hey.com hotmail.com hotmail.co.uk hotmail.com.tr hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com icloud.com
   inbox.lv inbox.ru interia.pl internet.ru laposte.net libero.it list.ru live.com live.co.uk live.de live.fr live.nl live.com.tr mac.com mail.com
   mail.ru mailbox.org mailo.com me.com msn.com mynet.com naver.com o2.pl onet.pl orange.fr outlook.com outlook.com.tr outlook.de outlook.es
   outlook.fr pm.me posteo.de proton.me protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com seznam.cz sfr.fr sina.com superonline.com
   t-online.de tuta.com tutanota.com ukr.net uol.com.br verizon.net virgilio.it wanadoo.fr web.de wp.pl ya.ru yaani.com yahoo.co.in yahoo.co.jp
   yahoo.co.uk yahoo.com yahoo.com.br yahoo.com.tr yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.com.tr yandex.kz yandex.ru ymail.com
   zoho.com`.split(/\s+/),
)

/** The domain as the account names it; a department below it is of the same house. Null: of none that is named. */
export function organisationOf(address: string | null | undefined, { organisations = [] }: Settings): string | null {
  if (organisations.length === 0) return null
  const domain = domainOf(address)
  if (everybodys.has(domain)) return null
  const named = organisations.map(asInDns).filter((it) => it.includes('.') && !everybodys.has(it))
  return named.find((it) => domain === it || domain.endsWith(`.${it}`)) ?? null
}
