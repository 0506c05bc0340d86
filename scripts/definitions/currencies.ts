/** R4 takes the whole of ISO 4217 and lists none of it (ValueSet/currencies). https://www.six-group.com/en/products-services/financial-information/data-standards.html */
export const currencies = {
  valueSet: 'http://hl7.org/fhir/ValueSet/currencies',
  system: 'urn:iso:std:iso:4217',
}

/** In use, or withdrawn since a record could have been made in them. */
const money = `
  ADP AED AFA AFN ALL AMD ANG AOA AOR ARS ATS AUD AWG AZM AZN BAM BBD BDT BEF BGL BGN BHD BIF BMD
  BND BOB BRL BSD BTN BWP BYB BYN BYR BZD CAD CDF CHF CLP CNY COP CRC CSD CUC CUP CVE CYP CZK DEM
  DJF DKK DOP DZD EEK EGP ERN ESP ETB EUR FIM FJD FKP FRF GBP GEL GHC GHS GIP GMD GNF GRD GTQ GYD
  HKD HNL HRK HTG HUF IDR IEP ILS INR IQD IRR ISK ITL JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD
  KZT LAK LBP LKR LRD LSL LTL LUF LVL LYD MAD MDL MGA MGF MKD MMK MNT MOP MRO MRU MTL MUR MVR MWK
  MXN MYR MZM MZN NAD NGN NIO NLG NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PTE PYG QAR ROL RON RSD
  RUB RUR RWF SAR SBD SCR SDD SDG SEK SGD SHP SIT SKK SLE SLL SOS SRD SRG SSP STD STN SVC SYP SZL
  THB TJS TMM TMT TND TOP TPE TRL TRY TTD TWD TZS UAH UGX USD UYU UZS VEB VED VEF VES VND VUV WST
  XAF XCD XCG XDR XEU XOF XPF XSU YER YUM ZAR ZMK ZMW ZWD ZWG ZWL ZWN ZWR
`

/** Funds, metals, units of account, and the codes for tests and for no currency. */
const others = `
  BOV CHE CHW CLF COU MXV USN UYI UYW XAG XAU XBA XBB XBC XBD XPD XPT XTS XUA XXX
`

/** The codes of ISO 4217. */
export const currencyCodes: readonly string[] = `${money} ${others}`.trim().split(/\s+/).toSorted()
