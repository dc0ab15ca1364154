"""calloff: what will really be called off?"""
