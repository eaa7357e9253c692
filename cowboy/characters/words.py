"""The words that names are made of. The longest name that they make must fit into `names.MAX_LENGTH`."""


def _words(*themes: str) -> tuple[str, ...]:
    return tuple(word for theme in themes for word in theme.split())


PREFIXES = _words(
    "Dusty Sunny Stormy Windy Frosty Misty Thunder Cloudy Rainy Hazy Dry Gale",  # weather
    "Rusty Copper Silver Golden Amber Ashen Pale Crimson Ebony Ivory Scarlet Tawny",  # looks
    "Lucky Silent Restive Gentle Wild Lonely Steady Merry Bold Weary Crafty Honest",  # temper
    "Laredo Abilene Dakota Sonora Tulsa Bodie Pecos Yuma",  # places
)
MIDDLES = _words(
    "Canyon Mesa Gulch Prairie Butte Arroyo Ridge Creek Bluff Hollow Basin Ford",  # land
    "Coyote Bison Rattler Hawk Cougar Raven Badger Eagle Jackal Mule Elk Owl",  # animals
    "Saddle Lariat Wagon Lantern Spur Holster Anvil Kettle Bridle Stirrup Poncho Barrel",  # what one has along
    "Cactus Sage Juniper Willow Thistle Yucca Cedar Bramble Clover Acacia Pinyon Aspen",  # plants
)
SUFFIXES = _words(
    "Rider Drover Smith Sheriff Miner Trapper Scout Marshal Ranger Tanner Cooper Farrier",  # trades
    "Gambler Barber Parson Doc Judge Fiddler Cook Herder Digger Peddler Piper Teamster",
    "Kid Joe Jane Belle Annie Hank Clem Etta Wyatt Opal Jesse Mabel Amos Ruth Silas Dora",  # people
)
COATS_AND_GAITS = _words(
    "Bay Chestnut Dun Roan Pinto Sorrel Grulla Piebald Dapple Buckskin Palomino Cremello",  # coats
    "Ambling Trotting Loping Pacing Rolling Prancing Striding Rambling Gallant Swaying Nimble Darting",  # gaits
    "Patient Skittish Stubborn Proud Faithful Playful Sleepy Fearless Thirsty Gentle Hungry Jealous",  # temper
)
MINERALS_AND_SIGNS = _words(
    "Agate Basalt Beryl Flint Garnet Granite Jasper Mica Obsidian Onyx Opal Pyrite Quartz Slate Topaz Galena",
    "Comet Ember Echo Mirage Meteor Shadow Whisper Zephyr Tempest Twister Canyon Lantern",  # signs
    "Biscuit Molasses Nutmeg Pepper Clove Ginger Raisin Walnut Honey Sugar Pickle Cookie",  # treats
)
NUMERALS = _words("I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX")
