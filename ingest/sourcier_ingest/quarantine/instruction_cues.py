"""Turns of phrase by which a text speaks to a model rather than to a person, in French and English.

They are matched against folded text: lower case, without accents, straight quotes; a space in a pattern is any white
space. Weights are reasoned, then checked on half of the public sets (docs/quarantine.md): about 0.6 where the phrase
alone should hold a document back, 0.35–0.45 where it needs company, 0.2 where handbooks use it too.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cue:
    """A rule: its family (of which the strongest counts once), weight, pattern, and letters it cannot do without."""

    family: str
    weight: float
    pattern: re.Pattern[str]
    anchors: tuple[str, ...]


def _cue(family: str, weight: float, pattern: str, *anchors: str) -> Cue:
    spaced = pattern.replace(" ?", r"\s{0,8}").replace(" ", r"\s{1,8}")  # bounded, as texts may be hostile
    return Cue(family, weight, re.compile(spaced, re.MULTILINE), anchors)


_IGNORE = (
    r"\b(?:ignore[zrs]?|ignoring|disregard|forget|override|bypass|oublie[zr]?|neglige[zr]?|stop following|"
    r"(?:do not|don't) (?:follow|obey)|ne (?:tiens?|tenez|tenir|tenons) (?:pas|plus|aucun) compte|"
    r"ne pas tenir compte|(?:fais|faites|faire) abstraction|ne (?:suis|suivez|respecte[zs]?) (?:pas|plus))\b"
)
_ORDERS = (
    r"(?:instructions?|instruction sets?|prompts?|rules|guidelines|directives?|directions|consignes?|regles|"
    r"orders|content polic(?:y|ies)|"
    r"commands|restrictions|programming|filters?|safety (?:checks|rules|protocols?))\b"
)
_REVEAL = (
    r"(?:\b(?:reveal|print|repeat|show|output|display|disclos|recit|dump|leak)(?:e|ing)?\b|\b(?:tell me|give me|"
    r"summary of|"
    r"revele[sz]?|reveler|affiche[sz]?|montre[sz]?|repete[sz]?|donne[sz]?|divulgue[sz]?|recopie[sz]?)\b)"
)
_EDIT = (
    r"\b(?:add|append|include|insert|integrate|incorporate|embed|mention|translate|encode|encrypt|cipher|reverse|"
    r"rewrite|write|provide|give|replace|use|remove|misspell|shuffle|convert|modify|alter|change|enhance|enrich|"
    r"conclude|end|begin|start|finish|sign|prefix|weave|introduce|group|substitute|scramble|apply|rearrange|anagram|"
    r"display|render|put|return|supplement|augment|alternate|combine|randomly|spell|swap|transform|present|"
    r"deliver|suggest|tease|state|emphasi[sz]e|recommend|promote)\b"
)
_DISGUISE = (
    r"\b(?:translate|encode|encrypt|(?:caesar|substitution)? ?cipher|base ?(?:16|32|64|85)|reverse(?! side)|backwards?|"
    r"misspell\w*|typos|anagram\w*|scramble|shuffle|emojis?|homophon\w+|alphanumeric|morse|rot13|pig latin|"
    r"jumble|invert|letters of (?:the )?words|symbols for letters|without (?:any )?spaces|every (?:second|third|"
    r"fourth|other) word|letters with|traduis|traduisez|chiffre[zr]?)\b"
)
_EDIT_FR = (
    r"\b(?:ajoute[zr]?|insere[zr]?|inclus|inclue[zr]?|inclure|incluez|mentionne[zr]?|integre[zr]?|traduis|traduisez|"
    r"termine[zr]?|commence[zr]?|ecris|ecrivez|redige[zr]?|encode[zr]?|chiffre[zr]?|remplace[zr]?|conclus|concluez)\b"
)
_ANSWER = r"(?:answers?|responses?|reply|replies|summary|summaries|output|elucidation|completion)\b"
_ANSWER_FR = r"(?:reponses?|resumes?|syntheses?|recapitulatifs?)\b"
_MODEL = (
    r"(?:ai|a\.i\.|llms?|bots?|chatbots?|language models?|ai (?:model|agent|assistant|system|reviewer)s?|"
    r"(?:the )?assistants?(?= ?[:,.!]| must| should)|assistants? (?:ia|virtuels?|numeriques?)|"
    r"modeles? de langage|agents? (?:ia|conversationnels?)|ia|l'ia|l'assistant(?= ?[:,.!])|"
    r"(?:l')?intelligence artificielle|copilot|chatgpt|claude|gemini)\b"
)

# fmt: off
CUES: tuple[Cue, ...] = (
    # Overriding what the model was told.
    _cue("override", 0.62, rf"{_IGNORE}[^.\n]{{0,20}}\b(?:previous|prior|above|earlier|preceding|other|system|all|any)"
         rf" [^.\n]{{0,25}}?{_ORDERS}", "instruction", "prompt", "rule", "guideline", "direct", "order", "command",
         "restriction", "programming", "filter", "safety"),
    _cue("override", 0.55, rf"{_IGNORE}(?: all)?(?: of)? your (?:\w+ ){{0,2}}{_ORDERS}", " your"),
    _cue("override", 0.62, rf"{_IGNORE}[^.\n]{{0,25}}\b(?:consignes|instructions|regles|directives)[^.\n]{{0,12}} "
         r"(?:precedentes|anterieures|ci-dessus|initiales|systeme|recues|que (?:tu|vous) a)",
         "consigne", "instruction", "regle", "directive"),
    _cue("override", 0.55, rf"{_IGNORE} (?:toutes? )?(?:tes|vos|ta|votre) (?:\w+ )?(?:consignes?|instructions?|regles|"
         r"directives|restrictions)\b", " tes ", " vos ", " ta ", " votre "),
    _cue("override", 0.62, r"\b(?:ignora|olvida|dimentica|ignoriere|vergiss)\b[^.\n]{0,30}"
         r"(?:instrucciones|istruzioni|anweisungen|richtlinien|direttive|regeln|regole|reglas)",
         "instruccion", "istruzioni", "anweisung", "richtlinie", "direttive", "regeln", "regole", "reglas"),
    _cue("override", 0.5, r"\b(?:disregard|ignore|forget) (?:everything|all|anything) (?:above|before|you (?:were|"
         r"have been) told)|"
         r"\bsupersedes? all (?:prior|previous|other) (?:ones|instructions|directives)|\b(?:your|these|all|safety|"
         r"previous) (?:rules|instructions|protocols|safeguards) "
         r"(?:have changed|are (?:now )?(?:void|disabled|suspended|lifted)|no longer appl)|\bsafety protocols disabled",
         "rules", "instruction", "protocol", "safeguard", "everything", "anything", "all ", "supersede"),
    _cue("override", 0.42, r"^[^\w\n]{0,4}(?:new|updated|real|actual) instructions?\b ?:|\byour (?:real|"
         r"actual|true|new) "
         r"(?:task|goal|instructions?|job) (?:is|are)\b|\bta (?:vraie|nouvelle) (?:tache|mission) est",
         "instruction", "your", "mission", "tache"),
    # Marks that only chat templates use.
    _cue("role_mark", 0.6, r"<\|?(?:im_start|im_end|system|endoftext|eot_id|start_header_id)\|?>(?<!<system>)|"
         r"\[/?inst\]|"
         r"<</?sys>>|^#{2,} ?(?:system|end of user input|new system prompt)\b|\bend of user input\b",
         "<|", "[inst", "[/inst", "<<", "##", "end of user"),
    _cue("role_mark", 0.3, r"^\W{0,3}(?:system|assistant|systeme)(?: (?:message|update|note|override))? ?: ?(?=\w)|"
         r"\b(?:system|safety) (?:override|update)\b ?:|^override ?:", "system", "assistant", "overrid"),
    # Speaking to the reader as to a machine.
    _cue("address", 0.45, r"\b(?:notes?|message|instructions?|attention|important|reminder|notice|avis|consignes?)"
         rf"[^\w\n]{{0,3}} (?:(?:to|for|pour|a|aux?|de|a l'attention de) )?(?:the |any |all |every |les? |toute? "
         rf")?{_MODEL}",
         "note", "message", "instruction", "attention", "important", "reminder", "notice", "avis", "consigne"),
    _cue("address", 0.45, r"\bif you(?: a|')re? (?:an? )?(?:ai\b|llm|language model|assistant\b|bot\b|automated)|"
         r"\b(?:si|comme) (?:vous etes|tu es) (?:une? )?(?:ia\b|assistant (?:ia|virtuel)|modele|intelligence artif)|"
         rf"\b(?:dear|hey|hello|cher|chere) {_MODEL}", "if you", "etes", "tu es", "dear", "hey", "hello", "cher"),
    _cue("persona", 0.45, r"\byou are now (?:in )?(?:an? |the )?(?:\w+ ){0,2}(?:mode|dan|unrestricted|uncensored|"
         r"assistant|ai|model|bot)\b|\bact as an? (?:uncensored|unfiltered|unrestricted|jailbroken|evil)|"
         r"\bpretend (?:you are|to be) an? (?:ai|model|assistant|bot)\b|\bdo anything now\b|\bdeveloper mode\b|"
         r"\b(?:tu es|vous etes) (?:maintenant|desormais) (?:en mode|une?|dan)\b|"
         r"\bagis(?:sez)? (?:desormais )?comme une? (?:ia|assistant|modele)\b",
         "you are now", "act as", "pretend", "anything", "developer", "maintenant", "desormais", "agis"),
    _cue("persona", 0.3, r"\bfrom now on,? you (?:are|will|must|have|can)\b|\b(?:no|without) (?:content )?"
         r"(?:policy|restrictions|filters|limits|limitations)\b|\bunrestricted (?:response|mode|ai)|"
         r"\ba partir de maintenant,? (?:tu|vous)\b|\bsans (?:aucune )?(?:restriction|censure)s? ni\b",
         "from now on", "policy", "restrict", "filter", "limit", "maintenant", "censure"),
    _cue("persona", 0.5, r"\bas (?:the|an) (?:ai )?assistant,? i(?: |')(?:have|ve|am|m|can|may|will)\b|"
         r"\bassistant\)? ?: i have "
         r"(?:already )?(?:concluded|determined|decided)|\ben tant qu'assistant,? (?:j'|je )", "assistant"),
    # Making it tell what it was told.
    _cue("disclosure", 0.55, rf"{_REVEAL}[^.\n]{{0,40}}\b(?:system prompt|hidden prompt|prompt systeme|system "
         rf"instructions?|"
         r"(?:your|tes|vos) (?:\w+ ){0,2}(?:instructions?|prompt|consignes|directives)|instructions systeme|"
         r"instructions you (?:were|have been) given|(?:words|text) above (?:starting|this)|admin(?:istrator)? "
         r"password)",
         "prompt", "instruction", "consigne", "directive", "above", "password"),
    _cue("disclosure", 0.35, r"\b(?:operating|original|initial|hidden) instructions (?:you|that you)|"
         r"\binstructions you (?:were|have been|are) given\b|\binstructions que (?:tu as|vous avez) recues",
         "instructions"),
    # Changing what it writes.
    _cue("output", 0.42, rf"{_EDIT}[^.\n]{{0,90}}\byour (?:\w+ )?{_ANSWER}", " your"),
    _cue("output", 0.55, rf"{_DISGUISE}[^.\n]{{0,90}}\byour (?:\w+ )?(?:message\b|{_ANSWER})", " your"),
    _cue("output", 0.55, rf"\b(?:your|this|the) {_ANSWER}[^.\n]{{0,40}}{_DISGUISE}", "your", "this", "the "),
    _cue("output", 0.42, rf"\byour (?:\w+ )?{_ANSWER}[^.\n]{{0,6}}[, ] ?{_EDIT}", "your"),
    _cue("output", 0.42, rf"{_EDIT}[^.\n]{{0,60}}\b(?:every|each|any|all)(?: future)? {_ANSWER}",
         "every", "each", "any", "all"),
    _cue("output", 0.45, rf"\b(?:must|should|needs to|has to) (?:also )?be (?:included|appended|added|inserted|"
         rf"mentioned)"
         rf"[^.\n]{{0,40}}\b(?:every|each|any|all|your)(?: \w+)? {_ANSWER}", "be "),
    _cue("output", 0.45, r"\b(?:reply|respond|answer|write back)(?: only)? (?:in|using|with) (?:\w+ )?(?:german|french|"
         r"spanish|italian|chinese|japanese|russian|dutch|latin|portuguese|korean|arabic|hindi|swedish|base ?\d+|"
         r"emojis?|"
         r"reverse|morse|rot13|binary|pig latin|rhymes?|haiku|a pirate)", "reply", "respond", "answer", "write back"),
    _cue("output", 0.45, rf"{_EDIT_FR}[^.\n]{{0,60}}\b(?:ta|tes|toutes? (?:tes|vos|les)|chaque|toute) {_ANSWER_FR}",
         "reponse", "resume", "synthese", "recapitul"),
    _cue("output", 0.25, rf"{_EDIT_FR}[^.\n]{{0,60}}\b(?:votre|vos) {_ANSWER_FR}", "reponse", "resume", "synthese"),
    _cue("output", 0.45, r"\bdo(?:it|ivent) (?:toujours )?etre (?:ajoutee?|incluse?|mentionnee?|inseree?|reprise?)s?\b"
         rf"[^.\n]{{0,40}}\b(?:toute|chaque|ta|votre) {_ANSWER_FR}", "etre "),
    _cue("code", 0.35, r"\b(?:include|integrat\w+|incorporat\w+|blend\w*|embed\w*|insert\w*|append\w*|add\w*|weav\w+|"
         r"meld\w*|render|inject\w*|execute|utili[sz]e|use|using|leverag\w+|employ\w*|deploy|enlist|absorb|featur\w+|"
         r"supplement\w*|inclusion of|presence of|manifestation of)\b[^.\n]{0,30}\b(?:following|below|subsequent) code "
         r"(?:snippet|section|block|excerpt|segment|fragment)\b[^.\n]{0,60}\b(?:your|you develop)\b", " code "),
    # Telling it what to say when asked.
    _cue("steering", 0.4, r"\b(?:when|whenever|if) (?:you are |you're |a user |the user |users |someone |anyone "
         r")?(?:asks?|"
         r"asked|summari[sz]\w+|questioned|quer(?:y|ied))\b[^.\n]{0,80}\b(?:say|answer|reply|respond|state|tell them|"
         r"include|append|recommend|claim|output|mention|email|always)\b", "ask", "summari", "question", "quer"),
    _cue("steering", 0.3, r"\b(?:when|while|before|after) you (?:summari[sz]e|process|parse|read|answer)\b[^.\n]{0,60}"
         r"\b(?:also |must |please )*(?:include|append|email|send|call|add|say|output|delete|mention|forward)\b",
         "summari", "process", "parse", "read", "answer"),
    _cue("steering", 0.35, r"\b(?:quand|lorsqu[e'] ?|si) ?(?:on|un utilisateur|quelqu'un|l'utilisateur|un salarie|une "
         r"personne) (?:te |t'|vous )?(?:demande|interroge|questionne|pose)\b[^.\n]{0,80}\b(?:reponds|repondez|"
         r"dis|dites|"
         r"affirme|affirmez|indique|indiquez|recommande)\b", "demande", "interroge", "questionne", "pose"),
    _cue("steering", 0.42, r"\b(?:a|pour) toute (?:question|demande)[^.\n]{0,60}\b(?:reponds|repondre|repondez|"
         r"affirme)\b|"
         r"\b(?:reponds toujours|toujours repondre|always (?:answer|reply|respond|say) (?:that|with|:|\"))|"
         r"\b(?:answer|respond|reply) (?:only |exactly )?with (?:exactly|only|the following|the words?)\b",
         "toute ", "toujours", "always", " with "),
    _cue("silence", 0.42, r"\b(?:do not|don't|never|without) (?:mention|tell|inform|reveal|disclos|alert|notify|"
         r"say)(?:e|ing)?"
         r"[^.\n]{0,30}\b(?:the (?:user|reader)s?|th(?:is|ese) (?:instruction|note|message|step)s?)\b", "user",
         "reader",
         "instruction", "note", "message", "step"),
    _cue("silence", 0.42, r"\b(?:ne (?:le |la |les |lui )?(?:mentionne|dis|dites|revele|signale|parle)[zrs]? "
         r"(?:pas|jamais|rien)"
         r"|sans (?:le |l')?(?:dire|mentionner|prevenir|informer|avertir|en "
         r"parler))[^.\n]{0,40}\b(?:l'utilisateur|lecteur|"
         r"ce(?:tte|s) (?:consigne|instruction|note)s?)\b", "utilisateur", "lecteur", "consigne", "instruction",
         "note"),
    # Carrying things away, acting, remembering.
    _cue("taking", 0.5, r"\b(?:send|forward|e-?mail|post|upload|transmit|exfiltrate|envoie[sz]?|envoie|envoyez|"
         r"transferez?|"
         r"transmets|transmettez)\b[^.\n]{0,60}\b(?:passwords?|credentials?|api keys?|customer (?:list|data|e-?mails?|"
         r"records?)|(?:this|the) (?:summary|record|conversation)|conversation|chat history|private (?:customer "
         r")?data|mots? de passe|identifiants|donnees "
         r"clients?|liste des clients)\b[^\n]{0,50}\b(?:https?://|[\w.]+@|external|externe)", "@", "http", "extern"),
    _cue("taking", 0.5, r"\b(?:credentials|passwords|api keys|customer (?:list|data|e-?mails|records)|"
         r"mots de passe|donnees "
         r"clients)\b[^.\n]{0,60}\b(?:send|forward|email|post|upload|envoie|envoyez|transmets|transmettez)[ -]"
         r"(?:them|it|les|la)\b[^\n]{0,40}\b(?:https?://|[\w.]+@|external|externe)", "them", " it", "-les", "-la"),
    _cue("taking", 0.25, r"\b(?:call|invoke|use|run|execute|appelle[rz]?|utilise[rz]?) (?:the "
         r")?[a-z]+_[a-z]+(?:_[a-z]+)*"
         r"(?:\(| (?:tool|function|to|and|with|on)\b)", "_"),
    _cue("taking", 0.35, r"\bbefore (?:you )?(?:reply|replying|respond|responding|answer|answering)\b[^\n]{0,10}$|"
         r"\bavant de repondre\b", "before", "avant"),
    _cue("taking", 0.35, r"\b(?:save|remember|store|retain|enregistre|memorise|retiens)\b[^.\n]{0,70}\b(?:your "
         r"(?:long-term "
         r"|persistent )?memory|(?:all )?future (?:tasks|sessions|conversations|answers|responses)|ta memoire|"
         r"(?:tes|vos) prochaines)", "memory", "future", "memoire", "prochaines"),
    _cue("decode", 0.5, r"\b(?:decode|decrypt|decipher|unscramble|decode[zr]|dechiffre[zr]?)\b[^\n]{0,80}\b(?:and|"
         r"et|then|puis)"
         r"\b[^.\n]{0,20}\b(?:do|follow|execute|obey|run|carry out|fai[st]|suis|suivez|execute[zr]?|appliquez?)\b",
         "decode", "decrypt", "deciph", "unscramble", "dechiffre"),
    _cue("permission", 0.4, r"\b(?:the )?user (?:is (?:an? )?(?:verified )?admin\w*|has (?:already )?(?:granted|"
         r"approved|"
         r"authori[sz]ed|confirmed|waived))\b[^.\n]{0,80}\b(?:all|any|skip|without|bypass|no longer|every|safety)\b|"
         r"\bgrant (?:all requests|this user)", "user"),
)
# fmt: on
