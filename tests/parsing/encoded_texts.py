"""Invented sentences of companies' documents in several languages, and the encodings their files come in."""

UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]

OLDER = {
    "fr": ["cp1252", "iso8859-15", "cp850", "mac-roman"],
    "en": ["cp1252", "iso8859-15", "mac-roman"],
    "de": ["cp1252"],
    "ru": ["cp1251", "koi8-r", "cp866", "iso8859-5"],
    "el": ["cp1253", "iso8859-7"],
    "pl": ["cp1250", "iso8859-2"],
    "cs": ["cp1250", "iso8859-2"],
    "ja": ["cp932", "euc-jp", "iso2022-jp"],
    "zh": ["gb18030"],
}

LONG = {
    "fr": [
        "Le règlement intérieur précise les modalités d'accès aux bâtiments. Les salariés bénéficient d'une prime "
        "versée à l'été, dès lors que l'évaluation est achevée. À défaut, l'employeur procède à un contrôle.",
        "Procès-verbal de la réunion du 12 février : la qualité des pièces livrées à Nevers a été jugée insuffisante ; "
        "le maître d'œuvre s'engage à vérifier chaque étape. « Rien ne sera oublié », a-t-il déclaré.",
        "Télétravail : deux jours par semaine, après accord du responsable. Le matériel est prêté par l'entreprise et "
        "doit être restitué dès la fin du contrat. Où et quand le prendre est précisé à l'annexe.",
    ],
    "en": [
        "The employee’s annual leave is twenty-five days – not counting public holidays. Naïve readings of this "
        "clause should be avoided; see the résumé in the annex.",
        "“No one may enter the workshop without goggles”, says the manual. The café is open until 3 pm, and a "
        "meal costs £4.50.",
        "All invoices above £1,000 need the director’s approval. Travel is booked through the company’s agency; "
        "the façade of the old building must not be photographed.",
    ],
    "de": [
        "Die Prüfung der Geräte erfolgt jährlich. Für Schäden, die durch unsachgemäße Nutzung entstehen, übernimmt "
        "die Gesellschaft keine Haftung.",
        "Während der Öffnungszeiten müssen Fluchtwege frei bleiben; größere Lieferungen sind vorher anzumelden.",
        "Der Beschäftigte hat Anspruch auf dreißig Tage Urlaub; Überstunden werden vergütet.",
    ],
    "ru": [
        "Настоящий договор вступает в силу с момента подписания обеими сторонами. Работник обязан соблюдать правила "
        "внутреннего распорядка и беречь имущество организации.",
        "Ежегодный оплачиваемый отпуск составляет двадцать восемь календарных дней. Заявление подаётся за две недели "
        "до начала отпуска.",
        "Порядок приёмки оборудования: проверка комплектности, внешний осмотр, пробный запуск. О каждом дефекте "
        "составляется акт № 5.",
    ],
    "el": [
        "Ο κανονισμός εργασίας καθορίζει τις υποχρεώσεις των εργαζομένων και του εργοδότη. Η ετήσια άδεια είναι "
        "είκοσι πέντε ημέρες.",
        "Η παραλαβή των προϊόντων γίνεται από τον υπεύθυνο της αποθήκης, ο οποίος ελέγχει την ποσότητα και την "
        "ποιότητα.",
        "Σε περίπτωση ατυχήματος ενημερώνεται αμέσως ο προϊστάμενος και συντάσσεται σχετική έκθεση.",
    ],
    "pl": [
        "Pracownik ma prawo do corocznego, nieprzerwanego, płatnego urlopu wypoczynkowego. Urlop udzielany jest "
        "zgodnie z planem urlopów, który ustala pracodawca, biorąc pod uwagę wnioski pracowników.",
        "Każde zgłoszenie usterki należy wpisać do książki przeglądów. Kierownik działu sprawdza wpisy raz w "
        "tygodniu i podpisuje się pod nimi.",
        "Wynagrodzenie wypłacane jest do dziesiątego dnia następnego miesiąca na wskazany rachunek bankowy.",
    ],
    "cs": [
        "Zaměstnanec je povinen dodržovat předpisy bezpečnosti práce. Každý úraz se zapíše do knihy úrazů "
        "ještě týž den.",
        "Příjem zboží probíhá ve skladu; vedoucí zkontroluje množství a podepíše dodací list.",
        "Dovolená činí dvacet pět dnů a čerpá se po dohodě s nadřízeným.",
    ],
    "ja": [
        "就業規則は、従業員の労働条件および服務規律を定めるものです。従業員はこれを遵守しなければなりません。",
        "年次有給休暇は、六か月間継続して勤務した場合に十日間付与されます。申請は三日前までに行ってください。",
        "設備の点検は毎月一回実施し、結果を記録簿に記入します。異常があった場合は、直ちに上司へ報告します。",
    ],
    "zh": [
        "本规定适用于公司全体员工。员工应当遵守劳动纪律，按时上下班，不得无故缺勤。",
        "设备每月检查一次，检查结果记入登记簿。如发现异常情况，应立即向主管报告，并停止使用该设备。",
        "年休假为十五天，申请应提前两周提交部门经理批准。未经批准不得擅自离开工作岗位。",
    ],
}

SHORT = {
    "fr": ["Congés payés", "Règle;Jours", "été", "Procédure qualité", "Pièce jointe", "Où ?", "Tarif : 35 €"],
    "en": ["The employee’s café", "Price: £20", "Our résumé"],
    "de": ["Prüfung der Geräte", "Maß"],
    "ru": ["Отпуск работника", "Договор", "Приказ об отпуске"],
    "el": ["Κανονισμός εργασίας", "Άδεια"],
    "pl": ["Będzie dobrze", "Płatny urlop", "Książka przeglądów", "Zakład pracy"],
    "cs": ["Kniha úrazů", "Příjem zboží"],
    "ja": ["有給休暇の申請", "就業規則", "勤務表"],
    "zh": ["年假申请流程", "员工手册", "劳动合同"],
}
