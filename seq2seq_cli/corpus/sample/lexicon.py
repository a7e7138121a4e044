"""The words of the corpus: one English word, one French word.

Adjectives are sorted by what can sensibly be said with them, so that a pattern may combine
everything in its tables.
"""

from seq2seq_cli.corpus.sample.french import Noun, irregular, regular
from seq2seq_cli.corpus.sample.words import (
    Action,
    Adjective,
    Deed,
    Place,
    Profession,
    Thing,
    known,
    own,
    some,
)

# --- adjectives -------------------------------------------------------------------------------

VIRTUES = (  # "more wise than clever"
    Adjective("wise", "sage"),
    Adjective("clever", "intelligent"),
    KIND := Adjective("kind", "gentil", "gentille"),
    Adjective("skillful", "habile"),
    CAREFUL := Adjective("careful", "prudent"),
    Adjective("brave", "courageux", "courageuse"),
    PATIENT := Adjective("patient", "patient"),
    GENEROUS := Adjective("generous", "généreux", "généreuse"),
    HONEST := Adjective("honest", "honnête"),
    POLITE := Adjective("polite", "poli"),
    Adjective("serious", "sérieux", "sérieuse"),
    FUNNY := Adjective("funny", "drôle"),
    Adjective("loyal", "loyal"),
)

FLAWS = (
    Adjective("lazy", "paresseux", "paresseuse"),
    Adjective("stubborn", "têtu"),
    Adjective("shy", "timide"),
    JEALOUS := Adjective("jealous", "jaloux", "jalouse"),
)

MOODS = (  # they come and go
    Adjective("sad", "triste"),
    TIRED := Adjective("tired", "fatigué"),
    WORRIED := Adjective("worried", "inquiet", "inquiète"),
    Adjective("anxious", "anxieux", "anxieuse"),
    ANGRY := Adjective("angry", "fâché"),
    Adjective("sick", "malade"),
    Adjective("busy", "occupé"),
)

REACTIONS = (  # to something that has happened
    GLAD := Adjective("glad", "content"),
    HAPPY := Adjective("happy", "heureux", "heureuse"),
    PROUD := Adjective("proud", "fier", "fière"),
    SURPRISED := Adjective("surprised", "surpris"),
    SATISFIED := Adjective("satisfied", "satisfait"),
)

MEASURES = (  # "taller than him", "the tallest"
    Adjective("tall", "grand", "", "taller", "tallest"),
    Adjective("small", "petit", "petite", "smaller", "smallest"),
    Adjective("strong", "fort", "", "stronger", "strongest"),
    YOUNG := Adjective("young", "jeune", "", "younger", "youngest"),
    Adjective("old", "vieux", "vieille", "older", "oldest"),
    Adjective("rich", "riche", "", "richer", "richest"),
    Adjective("fast", "rapide", "", "faster", "fastest"),
)

SORRY = Adjective("sorry", "désolé")
READY = Adjective("ready", "prêt")
FREE = Adjective("free", "libre")
ALONE = Adjective("alone", "seul")
ABLE = Adjective("able", "capable")
SURE = Adjective("sure", "sûr")
CRAZY = Adjective("crazy", "fou", "folle")
GIFTED = Adjective("good at", "doué")
IN_LOVE = Adjective("in love", "amoureux", "amoureuse")
USED = Adjective("used", "habitué")
ALLERGIC = Adjective("allergic", "allergique")
RESPONSIBLE = Adjective("responsible", "responsable")

GOOD = Adjective("good", "bon", "bonne")
BAD = Adjective("bad", "mauvais")
NEW = Adjective("new", "nouveau", "nouvelle", liaison="nouvel")

# --- professions ------------------------------------------------------------------------------

PROFESSIONS = (
    Profession("teacher", "enseignant", "enseignante"),
    Profession("dentist", "dentiste", "dentiste"),
    Profession("lawyer", "avocat", "avocate"),
    Profession("nurse", "infirmier", "infirmière"),
    Profession("student", "étudiant", "étudiante"),
    Profession("musician", "musicien", "musicienne"),
    Profession("journalist", "journaliste", "journaliste"),
    Profession("architect", "architecte", "architecte"),
    Profession("singer", "chanteur", "chanteuse"),
)

# --- places -----------------------------------------------------------------------------------

PLACES = (
    Place("at home", "à la maison"),
    Place("in bed", "au lit"),
    Place("in the kitchen", "dans la cuisine"),
    Place("in the garden", "dans le jardin"),
    Place("in the car", "dans la voiture"),
    Place("on the train", "dans le train"),
    Place("on the boat", "sur le bateau"),
    Place("in prison", "en prison"),
    Place("at work", "au travail"),
    Place("at the hotel", "à l'hôtel"),
    Place("at school", "à l'école", "to school"),
    Place("at the station", "à la gare", "to the station"),
    Place("at the restaurant", "au restaurant", "to the restaurant"),
    Place("at the hospital", "à l'hôpital", "to the hospital"),
    Place("at the library", "à la bibliothèque", "to the library"),
    Place("at the museum", "au musée", "to the museum"),
    Place("at the market", "au marché", "to the market"),
    Place("at the beach", "à la plage", "to the beach"),
    Place("at the office", "au bureau", "to the office"),
    Place("at the airport", "à l'aéroport", "to the airport"),
    Place("at the party", "à la fête", "to the party"),
    Place("at the dentist's", "chez le dentiste", "to the dentist's"),
    Place("in Paris", "à Paris", "to Paris"),
    Place("in London", "à Londres", "to London"),
    Place("in France", "en France", "to France"),
    Place("in Italy", "en Italie", "to Italy"),
    Place("in Canada", "au Canada", "to Canada"),
)

LANDMARKS = (
    Noun("school", "école", "f"),
    Noun("station", "gare", "f"),
    Noun("hospital", "hôpital"),
    Noun("library", "bibliothèque", "f"),
    Noun("museum", "musée"),
    Noun("hotel", "hôtel"),
    Noun("market", "marché"),
    Noun("church", "église", "f"),
)
WATERS = (Noun("river", "rivière", "f"), Noun("lake", "lac"))

# --- people and things that feelings are about ------------------------------------------------

BROTHER = Noun("brother", "frère")
SISTER = Noun("sister", "sœur", "f")
MOTHER = Noun("mother", "mère", "f")
FATHER = Noun("father", "père")
SON = Noun("son", "fils")
DAUGHTER = Noun("daughter", "fille", "f")
CHILDREN = Noun("children", "enfants", plural=True)
FAMILY = (BROTHER, SISTER, MOTHER, FATHER, SON, DAUGHTER, CHILDREN)

MUSIC = Noun("music", "musique", "f")
CHESS = Noun("chess", "échecs", plural=True)
TENNIS = Noun("tennis", "tennis")
FUTURE = Noun("the future", "avenir")
RESULT = Noun("the result", "résultat")
ANSWER = Noun("the answer", "réponse", "f")
DECISION = Noun("the decision", "décision", "f")
NEWS = Noun("the news", "nouvelle", "f")
LETTER = Noun("the letter", "lettre", "f")
PRICE = Noun("the price", "prix")
ACCIDENT = Noun("the accident", "accident")
DOGS = Noun("dogs", "chiens", plural=True)

EVENTS = (
    Noun("the exam", "examen"),
    Noun("the meeting", "réunion", "f"),
    Noun("the wedding", "mariage"),
    Noun("the match", "match"),
    Noun("the party", "fête", "f"),
)
SURPRISES = (NEWS, RESULT, ANSWER, DECISION, LETTER, PRICE)
OUTCOMES = (RESULT, ANSWER, DECISION, PRICE)
CAUSES_OF_WORRY = (FUTURE, Noun("the children", "enfants", plural=True), Noun("the planet", "planète", "f"))
CAUSES_OF_FEAR = (
    DOGS,
    Noun("spiders", "araignées", plural=True),
    Noun("snakes", "serpents", plural=True),
    Noun("the dark", "noir"),
    Noun("the water", "eau", "f"),
    FUTURE,
)
ALLERGENS = (
    Noun("cats", "chats", plural=True),
    DOGS,
    Noun("milk", "lait"),
    Noun("eggs", "œufs", plural=True),
    Noun("pollen", "pollen"),
)
HABITS = (
    Noun("the cold", "froid"),
    Noun("the heat", "chaleur", "f"),
    Noun("the noise", "bruit"),
    Noun("the silence", "silence"),
)
TALENTS = (
    CHESS,
    MUSIC,
    TENNIS,
    Noun("languages", "langues", "f", plural=True),
    Noun("drawing", "dessin"),
    Noun("mathematics", "mathématiques", "f", plural=True),
)
PASSIONS = (CHESS, MUSIC, TENNIS, Noun("poetry", "poésie", "f"), Noun("cinema", "cinéma"))
DUTIES = (
    ACCIDENT,
    DECISION,
    Noun("the project", "projet"),
    Noun("the mistake", "erreur", "f"),
    Noun("the team", "équipe", "f"),
)

# --- what one has in French and is in English -------------------------------------------------

NEEDS = (
    ("hungry", "faim"),
    ("thirsty", "soif"),
    ("cold", "froid"),
    ("warm", "chaud"),
    ("sleepy", "sommeil"),
    ("afraid", "peur"),
    ("ashamed", "honte"),
)
JUDGEMENTS = (("right", "raison"), ("wrong", "tort"))
AGES = (
    ("fifteen", "quinze"),
    ("twenty", "vingt"),
    ("thirty", "trente"),
    ("forty", "quarante"),
    ("fifty", "cinquante"),
    ("sixty", "soixante"),
)

# --- actions ----------------------------------------------------------------------------------

_GARDEN = ("in the garden", "dans le jardin")
_KITCHEN = ("in the kitchen", "dans la cuisine")
_LAKE = ("in the lake", "dans le lac")
_RIVER = ("in the river", "dans la rivière")
_SCHOOL = ("at school", "à l'école")
_PARTY = ("at the party", "à la fête")
_LIBRARY = ("at the library", "à la bibliothèque")
_HOSPITAL = ("at the hospital", "à l'hôpital")
_HOTEL = ("at the hotel", "à l'hôtel")
_RESTAURANT = ("at the restaurant", "au restaurant")
_HOME = ("at home", "à la maison")
_CAR = ("in the car", "dans la voiture")
_TRAIN = ("on the train", "dans le train")

LEAVE = irregular("partir", "pars pars part partons partez partent")
TRY = irregular("essayer", "essaie essaies essaie essayons essayez essaient")
LEARN = irregular("apprendre", "apprends apprends apprend apprenons apprenez apprennent")

PASTIMES = (
    SING := Action("sing", "singing", regular("chanter"), (), (_GARDEN, _PARTY, _SCHOOL), True),
    DANCE := Action("dance", "dancing", regular("danser"), (), (_GARDEN, _PARTY, _KITCHEN), True),
    SWIM := Action("swim", "swimming", regular("nager"), (), (_LAKE, _RIVER), True),
    COOK := Action("cook", "cooking", regular("cuisiner"), (), (_HOME, _RESTAURANT), True),
    Action(
        "work",
        "working",
        regular("travailler"),
        (),
        (_LIBRARY, _HOSPITAL, _GARDEN, _RESTAURANT),
        True,
    ),
    Action(
        "travel",
        "traveling",
        regular("voyager"),
        (),
        (("by train", "en train"), ("by car", "en voiture"), ("by boat", "en bateau")),
        True,
    ),
    DEPART := Action(
        "leave",
        "leaving",
        LEAVE,
        (),
        (("for Paris", "pour Paris"), ("for London", "pour Londres"), ("for Italy", "pour l'Italie")),
        True,
    ),
    SLEEP := Action(
        "sleep",
        "sleeping",
        irregular("dormir", "dors dors dort dormons dormez dorment"),
        (),
        (_HOME, _HOTEL, _HOSPITAL, _CAR, _TRAIN, _GARDEN, _KITCHEN, ("on the boat", "sur le bateau")),
    ),
)

_A_LETTER = Thing("a letter", "une lettre")
_A_BOOK = Thing("a book", "un livre")
_A_POEM = Thing("a poem", "un poème")
_A_SONG = Thing("a song", "une chanson")
_BREAD = some("bread", "du pain")
_CHEESE = some("cheese", "du fromage")

OCCUPATIONS = (
    Action(
        "read",
        "reading",
        irregular("lire", "lis lis lit lisons lisez lisent"),
        (_A_BOOK, _A_LETTER, _A_POEM, known("the newspaper", "le journal")),
    ),
    Action(
        "write",
        "writing",
        irregular("écrire", "écris écris écrit écrivons écrivez écrivent"),
        (_A_BOOK, _A_LETTER, _A_POEM, _A_SONG),
    ),
    Action(
        "drink",
        "drinking",
        irregular("boire", "bois bois boit buvons buvez boivent"),
        (
            some("coffee", "du café"),
            some("tea", "du thé"),
            some("milk", "du lait"),
            some("water", "de l'eau"),
        ),
    ),
    Action(
        "eat",
        "eating",
        regular("manger"),
        (_BREAD, _CHEESE, some("soup", "de la soupe"), some("rice", "du riz")),
    ),
    Action(
        "buy",
        "buying",
        irregular("acheter", "achète achètes achète achetons achetez achètent"),
        (_BREAD, _CHEESE, some("flowers", "des fleurs")),
    ),
    Action(
        "look for",
        "looking for",
        regular("chercher"),
        (own(Noun("keys", "clés", "f", plural=True)), known("the museum", "le musée"), own(BROTHER)),
    ),
    Action(
        "wait for",
        "waiting for",
        irregular("attendre", "attends attends attend attendons attendez attendent"),
        (known("the bus", "le bus"), known("the train", "le train"), own(SISTER)),
    ),
    Action(
        "watch",
        "watching",
        regular("regarder"),
        (known("television", "la télévision"), known("the match", "le match"), Thing("a film", "un film")),
    ),
    Action(
        "listen to",
        "listening to",
        regular("écouter"),
        (known("the radio", "la radio"), some("music", "de la musique"), _A_SONG),
    ),
    Action(
        "learn",
        "learning",
        LEARN,
        (known("French", "le français"), known("English", "l'anglais"), known("Italian", "l'italien")),
    ),
    Action(
        "play",
        "playing",
        regular("jouer"),
        (known("chess", "aux échecs"), known("tennis", "au tennis"), known("cards", "aux cartes")),
    ),
)

# --- deeds ------------------------------------------------------------------------------------

KINDNESSES = (
    INVITED := Deed("invited", "invité"),
    HELPED := Deed("helped", "aidé"),
    MET := Deed("met", "rencontré"),
    Deed("talked to", "parlé", indirect=True),
    Deed("wrote to", "écrit", indirect=True),
)
OFFENSES = (
    Deed("woke", "réveillé"),
    Deed("forgot", "oublié"),
    Deed("disturbed", "dérangé"),
    Deed("lied to", "menti", indirect=True),
)
