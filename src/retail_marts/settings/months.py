# ruff: noqa: RUF001 (Greek and Cyrillic letters that look like Latin ones)
"""Names of months by language, as files and people write them.

The long and short forms of the Unicode CLDR, standing alone and within dates, and a few
others that exports have.
"""

from __future__ import annotations

import unicodedata

#: Twelve months by language, separated by commas; the forms of a month by blanks.
_NAMES = {
    "af": (
        "januarie jan, februarie feb, maart mrt, april apr, mei, junie jun, julie "
        "jul, augustus aug, september sep, oktober okt, november nov, desember des"
    ),
    "bg": (
        "януари яну, февруари фев, март, април апр, май, юни, юли, август авг, "
        "септември сеп, октомври окт, ноември ное, декември дек"
    ),
    "bs": (
        "januar jan, februar feb, mart mar, april apr, maj, juni jun, juli jul, "
        "august aug, septembar sep, oktobar okt, novembar nov, decembar dec"
    ),
    "ca": (
        "gener gen, febrer febr, març, abril abr, maig, juny, juliol jul, agost ag, "
        "setembre set, octubre oct, novembre nov, desembre des"
    ),
    "cs": (
        "ledna leden led, února únor úno, března březen bře, dubna duben dub, "
        "května květen kvě, června červen čvn, července červenec čvc, srpna srpen "
        "srp, září zář, října říjen říj, listopadu listopad lis, prosince prosinec "
        "pro"
    ),
    "da": (
        "januar jan, februar feb, marts mar, april apr, maj, juni jun, juli jul, "
        "august aug, september sep, oktober okt, november nov, december dec"
    ),
    "de": (
        "januar jan jänner jän, februar feb feber, märz mär mrz, april apr, mai, "
        "juni jun, juli jul, august aug, september sept sep, oktober okt, november "
        "nov, dezember dez"
    ),
    "el": (
        "ιανουαρίου ιανουάριος ιαν, φεβρουαρίου φεβρουάριος φεβ, μαρτίου μάρτιος "
        "μαρ μάρ, απριλίου απρίλιος απρ, μαΐου μάιος μαΐ μάι, ιουνίου ιούνιος ιουν "
        "ιούν, ιουλίου ιούλιος ιουλ ιούλ, αυγούστου αύγουστος αυγ αύγ, σεπτεμβρίου "
        "σεπτέμβριος σεπ, οκτωβρίου οκτώβριος οκτ, νοεμβρίου νοέμβριος νοε νοέ, "
        "δεκεμβρίου δεκέμβριος δεκ"
    ),
    "en": (
        "january jan, february feb, march mar, april apr, may, june jun, july jul, "
        "august aug, september sep sept, october oct, november nov, december dec"
    ),
    "es": (
        "enero ene, febrero feb, marzo mar, abril abr, mayo may, junio jun, julio "
        "jul, agosto ago, septiembre sept setiembre, octubre oct, noviembre nov, "
        "diciembre dic"
    ),
    "et": (
        "jaanuar jaan, veebruar veebr, märts, aprill apr, mai, juuni, juuli, august "
        "aug, september sept, oktoober okt, november nov, detsember dets"
    ),
    "fi": (
        "tammikuuta tammikuu tammi, helmikuuta helmikuu helmi, maaliskuuta "
        "maaliskuu maalis, huhtikuuta huhtikuu huhti, toukokuuta toukokuu touko, "
        "kesäkuuta kesäkuu kesä, heinäkuuta heinäkuu heinä, elokuuta elokuu elo, "
        "syyskuuta syyskuu syys, lokakuuta lokakuu loka, marraskuuta marraskuu "
        "marras, joulukuuta joulukuu joulu"
    ),
    "fil": (
        "enero ene, pebrero peb, marso mar, abril abr, mayo may, hunyo hun, hulyo "
        "hul, agosto ago, setyembre set, oktubre okt, nobyembre nob, disyembre dis"
    ),
    "fr": (
        "janvier janv, février févr, mars, avril avr, mai, juin, juillet juil, "
        "août, septembre sept, octobre oct, novembre nov, décembre déc"
    ),
    "hr": (
        "siječnja siječanj sij, veljače veljača velj, ožujka ožujak ožu, travnja "
        "travanj tra, svibnja svibanj svi, lipnja lipanj lip, srpnja srpanj srp, "
        "kolovoza kolovoz kol, rujna rujan ruj, listopada listopad lis, studenoga "
        "studeni stu, prosinca prosinac pro"
    ),
    "hu": (
        "január jan, február febr, március márc, április ápr, május máj, június "
        "jún, július júl, augusztus aug, szeptember szept, október okt, november "
        "nov, december dec"
    ),
    "id": (
        "januari jan, februari feb pebruari peb, maret mar, april apr, mei, juni "
        "jun, juli jul, agustus agu ags agt, september sep, oktober okt, november "
        "nov nopember nop, desember des"
    ),
    "it": (
        "gennaio gen, febbraio feb, marzo mar, aprile apr, maggio mag, giugno giu, "
        "luglio lug, agosto ago, settembre set, ottobre ott, novembre nov, dicembre "
        "dic"
    ),
    "lt": (
        "sausio sausis saus, vasario vasaris vas, kovo kovas kov, balandžio "
        "balandis bal, gegužės gegužė geg, birželio birželis birž, liepos liepa "
        "liep, rugpjūčio rugpjūtis rugp, rugsėjo rugsėjis rugs, spalio spalis spal, "
        "lapkričio lapkritis lapkr, gruodžio gruodis gruod"
    ),
    "lv": (
        "janvāris janv, februāris febr, marts, aprīlis apr, maijs, jūnijs jūn, "
        "jūlijs jūl, augusts aug, septembris sept, oktobris okt, novembris nov, "
        "decembris dec"
    ),
    "ms": (
        "januari jan, februari feb, mac, april apr, mei, jun, julai jul, ogos ogo, "
        "september sep, oktober okt, november nov, disember dis"
    ),
    "nl": (
        "januari jan, februari feb, maart mrt, april apr, mei, juni jun, juli jul, "
        "augustus aug, september sep, oktober okt, november nov, december dec"
    ),
    "no": (
        "januar jan, februar feb, mars mar, april apr, mai, juni jun, juli jul, "
        "august aug, september sep, oktober okt, november nov, desember des"
    ),
    "pl": (
        "stycznia styczeń sty, lutego luty lut, marca marzec mar, kwietnia kwiecień "
        "kwi, maja maj, czerwca czerwiec cze, lipca lipiec lip, sierpnia sierpień "
        "sie, września wrzesień wrz, października październik paź, listopada "
        "listopad lis, grudnia grudzień gru"
    ),
    "pt": (
        "janeiro jan, fevereiro fev, março mar, abril abr, maio mai, junho jun, "
        "julho jul, agosto ago, setembro set, outubro out, novembro nov, dezembro "
        "dez"
    ),
    "ro": (
        "ianuarie ian, februarie feb, martie mar, aprilie apr, mai, iunie iun, "
        "iulie iul, august aug, septembrie sept, octombrie oct, noiembrie nov, "
        "decembrie dec"
    ),
    "ru": (
        "января январь янв, февраля февраль февр, марта март мар, апреля апрель "
        "апр, мая май, июня июнь июн, июля июль июл, августа август авг, сентября "
        "сентябрь сент, октября октябрь окт, ноября ноябрь нояб, декабря декабрь "
        "дек"
    ),
    "sk": (
        "januára január jan, februára február feb, marca marec mar, apríla apríl "
        "apr, mája máj, júna jún, júla júl, augusta august aug, septembra september "
        "sep, októbra október okt, novembra november nov, decembra december dec"
    ),
    "sl": (
        "januar jan, februar feb, marec mar, april apr, maj, junij jun, julij jul, "
        "avgust avg, september sep, oktober okt, november nov, december dec"
    ),
    "sq": (
        "janar jan, shkurt shk, mars mar, prill pri, maj, qershor qer, korrik korr, "
        "gusht gush, shtator sht, tetor tet, nëntor nën, dhjetor dhj"
    ),
    "sr": (
        "јануар јан januar jan, фебруар феб februar feb, март мар mart mar, април "
        "апр april apr, мај maj, јун jun, јул jul, август авг avgust avg, септембар "
        "сеп septembar sep, октобар окт oktobar okt, новембар нов novembar nov, "
        "децембар дец decembar dec"
    ),
    "sv": (
        "januari jan, februari feb, mars, april apr, maj, juni, juli, augusti aug, "
        "september sep, oktober okt, november nov, december dec"
    ),
    "sw": (
        "januari jan, februari feb, machi mac, aprili apr, mei, juni jun, julai "
        "jul, agosti ago, septemba sep, oktoba okt, novemba nov, desemba des"
    ),
    "tr": (
        "ocak oca, şubat şub, mart mar, nisan nis, mayıs may, haziran haz, temmuz "
        "tem, ağustos ağu, eylül eyl, ekim eki, kasım kas, aralık ara"
    ),
    "uk": (
        "січня січень січ, лютого лютий лют, березня березень бер, квітня квітень "
        "квіт, травня травень трав, червня червень черв, липня липень лип, серпня "
        "серпень серп, вересня вересень вер, жовтня жовтень жовт, листопада "
        "листопад лист, грудня грудень груд"
    ),
}
#: Languages whose month names are known, by ISO 639 code.
LANGUAGES = tuple(_NAMES)
#: Their codes by English name, for messages.
CODES = {
    "afrikaans": "af",
    "bulgarian": "bg",
    "bosnian": "bs",
    "catalan": "ca",
    "czech": "cs",
    "danish": "da",
    "german": "de",
    "greek": "el",
    "english": "en",
    "spanish": "es",
    "estonian": "et",
    "finnish": "fi",
    "filipino": "fil",
    "french": "fr",
    "croatian": "hr",
    "hungarian": "hu",
    "indonesian": "id",
    "italian": "it",
    "lithuanian": "lt",
    "latvian": "lv",
    "malay": "ms",
    "dutch": "nl",
    "norwegian": "no",
    "polish": "pl",
    "portuguese": "pt",
    "romanian": "ro",
    "russian": "ru",
    "slovak": "sk",
    "slovenian": "sl",
    "albanian": "sq",
    "serbian": "sr",
    "swedish": "sv",
    "swahili": "sw",
    "turkish": "tr",
    "ukrainian": "uk",
}
#: The first letters of a name may stand for it, if there are at least so many.
_LEAST_LETTERS = 3


def month_numbers(language: str) -> dict[str, int]:
    """The number of each month by every way to write it, folded by :func:`folded`.

    A name may be cut anywhere after three letters, if only one month begins so.
    """
    forms = {
        folded(form): number
        for number, month in enumerate(_NAMES[language].split(", "), start=1)
        for form in month.split()
    }
    begun: dict[str, set[int]] = {}
    for form, number in forms.items():
        for length in range(_LEAST_LETTERS, len(form)):
            begun.setdefault(form[:length], set()).add(number)
    cut = {form: min(months) for form, months in begun.items() if len(months) == 1}
    return {**cut, **forms}


def folded(name: str) -> str:
    """A name in lower case, without accents: the macro month_number does the same."""
    parts = unicodedata.normalize("NFD", name.lower())
    letters = "".join(c for c in parts if not unicodedata.combining(c))
    # Capitals do not tell these letters apart.
    return letters.replace("ı", "i").replace("ς", "σ")
